import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type BatchPlan,
  type Shard,
  samplesInStep,
  shardOfStep,
  shardsInStep,
} from '../shared/batch-plan.ts';
import { workerStatistics as statistic } from '../shared/memory-layout.ts';
import type { StepCursor } from '../shared/step-cursor.ts';
import type { StepPhases } from '../shared/step-phases.ts';
import { type PhaseKind, phaseKinds, type WorkQueue } from '../shared/work-queue.ts';
import type { ParameterUpdate } from './parameter-update.ts';
import type { ShardEngine } from './shard-engine.ts';
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
      runMicroShard(parts, globalStep, shardOfStep(plan, epochStep, task), task);
      return;
    case phaseKinds.update:
      parts.update.run(
        globalStep,
        epochStep,
        task,
        shardsInStep(plan, epochStep),
        samplesInStep(plan, epochStep),
      );
      return;
    case phaseKinds.reduce:
      parts.update.reduce(globalStep, task, shardsInStep(plan, epochStep), samplesInStep(plan, epochStep));
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

function runMicroShard(
  { engine, statistics }: TaskLoopParts,
  globalStep: number,
  shard: Shard,
  slot: number,
): void {
  engine.lossAndGradients(globalStep, shard, slot);
  countMicroShard(statistics, shard);
}
