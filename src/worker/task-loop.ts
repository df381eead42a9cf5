import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type BatchPlan,
  type Shard,
  samplesInStep,
  shardOfStep,
  shardsOfTask,
} from '../shared/batch-plan.ts';
import { workerStatistics as statistic } from '../shared/memory-layout.ts';
import type { RankShare } from '../shared/rank-share.ts';
import type { StepCursor } from '../shared/step-cursor.ts';
import type { StepPhases } from '../shared/step-phases.ts';
import {
  isExchange,
  isUpdate,
  type PhaseKind,
  phaseKinds,
  type UpdateKind,
  type WorkQueue,
} from '../shared/work-queue.ts';
import type { ParameterUpdate } from './parameter-update.ts';
import type { ShardEngine } from './shard-engine.ts';
import type { ShardGroup } from './shard-group.ts';
import { addSeconds, countMicroShard, secondsField } from './task-statistics.ts';

/** How long the loop may keep the thread's event loop, and with it the control channel, waiting. */
export const turnMilliseconds = 50;
/** A sleeping worker looks up this often, to let its event loop turn. */
export const sleepMilliseconds = 50;

interface TaskLoopParts {
  queue: WorkQueue;
  cursor: StepCursor;
  phases: StepPhases;
  engine: ShardEngine;
  update: ParameterUpdate;
  plan: BatchPlan;
  evaluationPlan: BatchPlan;
  /** What of the work is this process's: the queue numbers its tasks from 0. */
  share: RankShare;
  /** float64[workerStatistics.fields] in shared memory. */
  statistics: Float64Array;
  /** float64[taskCapacity][2] in shared memory; the update writes its own. */
  taskSeconds: Float64Array;
  /** Adds up the gradients of a task's micro-shards, where it has several. */
  groupFor: (task: number) => ShardGroup;
  /** Whether the thread has a core of its own, and may look for work without sleeping. */
  spin: boolean;
}

/** Claims and runs tasks until the queue falls idle, or is paused. */
export async function runTasks(parts: TaskLoopParts): Promise<void> {
  const { queue, phases, statistics, spin } = parts;
  const began = performance.now();
  let turnBegan = began;
  let now = began;
  while (!queue.paused) {
    const phase = queue.phase;
    const task = queue.claim();
    const before = now;
    if (task >= 0) {
      const kind = queue.kind;
      runTask(parts, kind, task);
      const milliseconds = performance.now() - before;
      addSeconds(statistics, secondsField(kind), milliseconds);
      // The update's own clock tells the reduction from the optimizer.
      if (!isUpdate(kind)) parts.taskSeconds[2 * task] = milliseconds / 1000;
      if (queue.finish(task)) phases.completePhase(queue.phaseSeconds);
      now = performance.now();
    } else if (queue.kind === phaseKinds.idle) {
      break;
    } else {
      // While ranks exchange, the thread that does it, and other ranks of this machine, can use the core.
      queue.waitWhile(phase, spin && !isExchange(queue.kind), sleepMilliseconds);
      now = performance.now();
      addSeconds(statistics, statistic.waitSeconds, now - before);
    }
    if (now - turnBegan > turnMilliseconds) {
      await nextTurn();
      now = performance.now();
      turnBegan = now;
    }
  }
  addSeconds(statistics, statistic.totalSeconds, performance.now() - began);
}

function runTask(parts: TaskLoopParts, kind: PhaseKind, task: number): void {
  const { cursor, engine, share } = parts;
  const { globalStep, epochStep } = cursor;
  if (isUpdate(kind)) {
    runUpdate(parts, kind, task);
  } else if (kind === phaseKinds.gradients) {
    runGradients(parts, globalStep, epochStep, share.gradientTasks(epochStep).first + task);
  } else if (kind === phaseKinds.evaluate) {
    const shard = share.evaluationShards().first + task;
    engine.evaluate(globalStep, shardOfStep(parts.evaluationPlan, 0, shard), shard);
  } else {
    throw new Error(`a phase of kind ${kind} has no tasks for workers`);
  }
}

/** A task that is a part of the parameters. */
export function runUpdate(
  { cursor, plan, share, update }: Pick<TaskLoopParts, 'cursor' | 'plan' | 'share' | 'update'>,
  kind: UpdateKind,
  task: number,
): void {
  const { globalStep, epochStep } = cursor;
  const leaves = share.leaves(epochStep);
  const samples = samplesInStep(plan, epochStep);
  switch (kind) {
    case phaseKinds.combine:
      update.combine(task, share.blocks(epochStep));
      return;
    case phaseKinds.reduce:
      update.reduce(globalStep, task, leaves, samples);
      return;
    case phaseKinds.update:
      update.run(globalStep, epochStep, task, leaves, samples);
      return;
    default:
      kind satisfies never;
  }
}

/** The micro-shards of a task: one, unless the gradients of several go into one slot. */
function runGradients(parts: TaskLoopParts, globalStep: number, epochStep: number, task: number): void {
  const { plan } = parts;
  if (plan.shardsPerTask === undefined) {
    runMicroShard(parts, globalStep, shardOfStep(plan, epochStep, task), task, task);
    return;
  }
  const group = parts.groupFor(task);
  const { first, end } = shardsOfTask(plan, epochStep, task);
  for (let index = first; index < end; index++) {
    runMicroShard(parts, globalStep, shardOfStep(plan, epochStep, index), group.nextSlot, index);
    group.added();
  }
  group.finish();
}

function runMicroShard(
  { engine, statistics }: TaskLoopParts,
  globalStep: number,
  shard: Shard,
  slot: number,
  result: number,
): void {
  engine.lossAndGradients(globalStep, shard, slot, result);
  countMicroShard(statistics, shard);
}
