import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BatchPlan, type Shard, shardOfStep, shardsOfTask } from '../shared/batch-plan.ts';
import { workerStatistics as statistic } from '../shared/memory-layout.ts';
import type { RankShare } from '../shared/rank-share.ts';
import type { StepCursor } from '../shared/step-cursor.ts';
import type { StepPhases } from '../shared/step-phases.ts';
import { spanTypes, type TraceRing } from '../shared/trace-ring.ts';
import { wallClockSeconds } from '../shared/wall-clock.ts';
import {
  isUpdate,
  type PhaseKind,
  phaseKinds,
  type UpdateKind,
  type WorkQueue,
} from '../shared/work-queue.ts';
import type { DeviceEngine } from './device-engine.ts';
import type { ParameterUpdate } from './parameter-update.ts';
import type { ShardGroup } from './shard-group.ts';
import { runUpdate, sleepMilliseconds, turnMilliseconds } from './task-loop.ts';
import { addSeconds, countMicroShard, secondsField } from './task-statistics.ts';

/** Calls that may be pending: while the device computes one, the next is on its way to it. */
const mostPending = 2;

interface DeviceLoopParts {
  queue: WorkQueue;
  cursor: StepCursor;
  phases: StepPhases;
  engine: DeviceEngine;
  update: ParameterUpdate;
  plan: BatchPlan;
  evaluationPlan: BatchPlan;
  /** What of the work is this process's: the queue numbers its tasks from 0. */
  share: RankShare;
  /** Workers that claim from the queue. */
  workers: number;
  /** float64[workerStatistics.fields] in shared memory. */
  statistics: Float64Array;
  /** float64[taskCapacity][2] in shared memory; the update writes its own. */
  taskSeconds: Float64Array;
  /** Adds up the gradients of a task's micro-shards, where it has several. */
  groupFor: (task: number) => ShardGroup;
  spin: boolean;
  /** Where a trace is wanted: for the tasks of the device. */
  ring: TraceRing | undefined;
}

/**
 * The task loop of a worker whose engine answers later: claims and runs tasks until the queue falls idle, or is paused, and
 * all calls are answered. The tasks of the update phase are computed in this thread.
 * @throws what a call failed with
 */
export async function runDeviceTasks(parts: DeviceLoopParts): Promise<void> {
  const { queue, statistics } = parts;
  const device = new PendingTasks(parts);
  const began = performance.now();
  let turnBegan = began;
  while (!queue.paused) {
    const phase = queue.phase;
    const task = device.mayClaim ? queue.claim() : -1;
    if (task >= 0) {
      const kind = queue.kind;
      if (isUpdate(kind)) updateParameters(parts, kind, task);
      else device.start(kind, task);
    } else if (device.isBusy) {
      await device.next();
      turnBegan = performance.now();
    } else if (queue.kind === phaseKinds.idle) {
      break;
    } else {
      const before = performance.now();
      queue.waitWhile(phase, parts.spin, sleepMilliseconds);
      addSeconds(statistics, statistic.waitSeconds, performance.now() - before);
    }
    if (performance.now() - turnBegan > turnMilliseconds) {
      await nextTurn();
      turnBegan = performance.now();
    }
  }
  await device.all();
  addSeconds(statistics, statistic.totalSeconds, performance.now() - began);
}

function updateParameters(parts: DeviceLoopParts, kind: UpdateKind, task: number): void {
  const { queue, phases, statistics } = parts;
  const began = performance.now();
  runUpdate(parts, kind, task);
  addSeconds(statistics, statistic.updateSeconds, performance.now() - began);
  if (queue.finish(task)) phases.completePhase(queue.phaseSeconds);
}

/** The tasks that the device was given and has not answered: all of one phase, which cannot end without them. */
class PendingTasks {
  readonly #parts: DeviceLoopParts;
  readonly #pending = new Set<Promise<void>>();
  /** When the device was done with the last task: from then on it computes the next. */
  #lastAnswer = 0;

  constructor(parts: DeviceLoopParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /** A second task is taken ahead of time only where that leaves no other worker without one. */
  get mayClaim(): boolean {
    const { queue, workers, plan } = this.#parts;
    if (!this.isBusy) return true;
    // Where tasks add up gradients, they share the slots for that.
    const limit = plan.shardsPerTask === undefined ? mostPending : 1;
    return this.#pending.size < limit && queue.unclaimed >= workers;
  }

  start(kind: PhaseKind, task: number): void {
    // One that failed stays, or who does not wait at that moment would never hear of it.
    const pending = this.#run(kind, task).then(() => {
      this.#pending.delete(pending);
    });
    // Until somebody waits, a failure must not end the thread.
    pending.catch(() => {});
    this.#pending.add(pending);
  }

  /** Resolves when one of them is finished. */
  async next(): Promise<void> {
    await Promise.race(this.#pending);
  }

  async all(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #run(kind: PhaseKind, task: number): Promise<void> {
    const { queue, cursor, phases, statistics, taskSeconds, ring } = this.#parts;
    const { globalStep } = cursor;
    const called = wallClockSeconds();
    await this.#compute(kind, task);
    const end = wallClockSeconds();
    // What it spent in the shadow of the call before is that one's time.
    const begin = Math.max(called, this.#lastAnswer);
    this.#lastAnswer = end;
    addSeconds(statistics, secondsField(kind), (end - begin) * 1000);
    taskSeconds[2 * task] = end - begin;
    ring?.record(spanTypes.task, kind, begin, end, globalStep, task);
    if (queue.finish(task)) phases.completePhase(queue.phaseSeconds);
  }

  async #compute(kind: PhaseKind, task: number): Promise<void> {
    const { cursor, engine, plan, evaluationPlan, share, statistics, groupFor } = this.#parts;
    const { globalStep, epochStep } = cursor;
    if (kind === phaseKinds.evaluate) {
      const shard = share.evaluationShards().first + task;
      await engine.evaluate(globalStep, shardOfStep(evaluationPlan, 0, shard), shard);
      return;
    }
    const slot = share.gradientTasks(epochStep).first + task;
    const { first, end } = shardsOfTask(plan, epochStep, slot);
    const group = groupFor(slot);
    for (let index = first; index < end; index++) {
      const shard: Shard = shardOfStep(plan, epochStep, index);
      await engine.lossAndGradients(globalStep, shard, group.nextSlot, index);
      countMicroShard(statistics, shard);
      group.added();
    }
    group.finish();
  }
}
