import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type BatchPlan,
  type Shard,
  samplesInStep,
  shardOfStep,
  shardsOfTask,
  tasksInStep,
} from '../shared/batch-plan.ts';
import { workerStatistics as statistic } from '../shared/memory-layout.ts';
import type { StepCursor } from '../shared/step-cursor.ts';
import type { StepPhases } from '../shared/step-phases.ts';
import { type PhaseKind, phaseKinds, type WorkQueue } from '../shared/work-queue.ts';
import type { ParameterUpdate } from './parameter-update.ts';
import type { ShardEngine } from './shard-engine.ts';
import type { ShardGroup } from './shard-group.ts';
import { addSeconds, countMicroShard, isUpdate, secondsField } from './task-statistics.ts';

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
      queue.waitWhile(phase, spin, sleepMilliseconds);
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
  const { cursor, engine, plan } = parts;
  const { globalStep, epochStep } = cursor;
  switch (kind) {
    case phaseKinds.gradients:
      runGradients(parts, globalStep, epochStep, task);
      return;
    case phaseKinds.update:
      parts.update.run(
        globalStep,
        epochStep,
        task,
        tasksInStep(plan, epochStep),
        samplesInStep(plan, epochStep),
      );
      return;
    case phaseKinds.reduce:
      parts.update.reduce(globalStep, task, tasksInStep(plan, epochStep), samplesInStep(plan, epochStep));
      return;
    case phaseKinds.evaluate:
      engine.evaluate(globalStep, shardOfStep(parts.evaluationPlan, 0, task), task);
      return;
    case phaseKinds.idle:
      throw new Error('an idle queue has no tasks');
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
