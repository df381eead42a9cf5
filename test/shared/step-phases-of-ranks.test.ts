import { describe, expect, test } from 'vitest';
import { writeAdamSchedule } from '../../src/shared/adam.ts';
import { layoutMemory, stepRecord } from '../../src/shared/memory-layout.ts';
import { type Rank, RankShare } from '../../src/shared/rank-share.ts';
import { RunMemory } from '../../src/shared/run-memory.ts';
import { StepCursor } from '../../src/shared/step-cursor.ts';
import { StepPhases } from '../../src/shared/step-phases.ts';
import { phaseKinds, WorkQueue } from '../../src/shared/work-queue.ts';

/** Steps of 8, 8 and 1 micro-shards. */
const plan = { sampleCount: 33, batchSize: 16, microBatch: 2 };
const evaluationPlan = { sampleCount: 6, batchSize: 6, microBatch: 2 };

/** A queue in which the thread that opens an exchange can die. */
class DeadlyQueue extends WorkQueue {
  kills = false;

  override openExchange(...kind: Parameters<WorkQueue['openExchange']>): void {
    if (this.kills) throw new Error('died');
    super.openExchange(...kind);
  }
}

function setUp(rank: Rank, clips = false) {
  const share = new RankShare(plan, evaluationPlan, rank);
  const layout = layoutMemory({
    workers: 1,
    parameters: 64,
    averages: false,
    images: 0,
    trainingSamples: plan.sampleCount,
    evaluationSamples: evaluationPlan.sampleCount,
    stepsPerEpoch: 3,
    slots: 8,
    shards: 8,
    spareSlotsPerWorker: 0,
    evaluationShards: 3,
    scratchBytesPerWorker: 64,
    traceCapacity: 0,
    ranks: rank.size,
    ...share.mostOfAStep(),
  });
  const memory = new RunMemory(new SharedArrayBuffer(layout.totalBytes), layout);
  const queue = new DeadlyQueue(memory.buffer, layout);
  const cursor = new StepCursor(memory.buffer, layout);
  const phases = new StepPhases({ queue, cursor, memory, plan, share, clips });
  writeAdamSchedule(0, [0.01, 0.01, 0.01], { weightDecay: 0 }, memory.optimizerSchedule);
  cursor.place(0, 0);
  cursor.stopStep = 3;
  return { memory, queue, cursor, phases };
}

/** Does all that a phase has for workers. @returns how many tasks that were */
function workPhase({ queue, phases }: ReturnType<typeof setUp>): number {
  let tasks = 0;
  for (let task = queue.claim(); task >= 0; task = queue.claim()) {
    tasks++;
    if (queue.finish(task)) {
      phases.completePhase(0.25);
      break;
    }
  }
  return tasks;
}

function exchange({ queue, phases }: ReturnType<typeof setUp>): void {
  expect(queue.claim()).toBe(-1);
  queue.exclusively(() => {
    expect(queue.finish(0)).toBe(true);
    phases.completePhase(0.5);
  });
}

describe('the phases of a rank', () => {
  test('exchange what its workers have combined, between gradients and update', () => {
    const rank = setUp({ rank: 1, size: 2 });
    rank.phases.openSteps();
    expect(rank.queue.kind).toBe(phaseKinds.gradients);
    expect(workPhase(rank)).toBe(4);
    expect(rank.queue.kind).toBe(phaseKinds.combine);
    expect(workPhase(rank)).toBe(rank.memory.layout.updateTasks);
    expect(rank.queue.kind).toBe(phaseKinds.exchangeGradients);
    exchange(rank);
    expect(rank.queue.kind).toBe(phaseKinds.update);
    expect(rank.cursor.globalStep).toBe(0);
    expect(workPhase(rank)).toBe(rank.memory.layout.updateTasks);
    expect(rank.cursor.globalStep).toBe(1);
    expect(rank.memory.stepRecords[stepRecord.gatherSeconds]).toBe(0.5);
    expect(rank.memory.stepRecords[stepRecord.seconds]).toBe(1.25);
  });

  test('reduce the whole gradient after the exchange where its norm must be known', () => {
    const rank = setUp({ rank: 0, size: 2 }, true);
    rank.phases.openSteps();
    workPhase(rank);
    workPhase(rank);
    exchange(rank);
    expect(rank.queue.kind).toBe(phaseKinds.reduce);
  });

  test('have nothing but the exchange and the update in a step that is too small for all', () => {
    const rank = setUp({ rank: 0, size: 2 });
    rank.cursor.place(2, 2);
    rank.phases.openSteps();
    expect(rank.queue.kind).toBe(phaseKinds.exchangeGradients);
    exchange(rank);
    expect(workPhase(rank)).toBe(rank.memory.layout.updateTasks);
    expect(rank.cursor.globalStep).toBe(3);
    expect(rank.queue.kind).toBe(phaseKinds.idle);
  });

  test('exchange the scores of an evaluation', () => {
    const rank = setUp({ rank: 1, size: 2 });
    rank.phases.openEvaluation();
    expect(rank.queue.kind).toBe(phaseKinds.evaluate);
    workPhase(rank);
    expect(rank.queue.kind).toBe(phaseKinds.exchangeScores);
    exchange(rank);
    expect(rank.queue.kind).toBe(phaseKinds.idle);
  });

  test('offer the exchange to no worker when one was lost during it, and leave it to its thread', () => {
    const rank = setUp({ rank: 1, size: 2 });
    rank.phases.openSteps();
    workPhase(rank);
    workPhase(rank);
    rank.queue.pause();
    rank.phases.recover();
    expect(rank.queue.paused).toBe(false);
    expect(rank.queue.kind).toBe(phaseKinds.exchangeGradients);
    exchange(rank);
    expect(rank.queue.kind).toBe(phaseKinds.update);
  });

  test('offer all of the update again when its workers were lost while the exchange ended', () => {
    const rank = setUp({ rank: 1, size: 2 });
    rank.phases.openSteps();
    workPhase(rank);
    workPhase(rank);
    rank.queue.pause();
    exchange(rank);
    expect(rank.queue.paused).toBe(true);
    rank.phases.recover();
    expect(rank.queue.kind).toBe(phaseKinds.update);
    expect(workPhase(rank)).toBe(rank.memory.layout.updateTasks);
    expect(rank.cursor.globalStep).toBe(1);
  });

  test('take no step twice when a worker dies between a step and the next, in which its rank has no share', () => {
    const rank = setUp({ rank: 0, size: 2 });
    rank.cursor.place(1, 1);
    rank.phases.openSteps();
    workPhase(rank);
    workPhase(rank);
    exchange(rank);
    rank.queue.kills = true;
    expect(() => workPhase(rank)).toThrow('died');
    expect(rank.cursor.globalStep).toBe(2);
    rank.queue.kills = false;
    rank.queue.pause();
    rank.phases.recover();
    expect(rank.cursor.globalStep).toBe(2);
    expect(rank.queue.kind).toBe(phaseKinds.exchangeGradients);
  });

  test('end after the step in which it was agreed to stop', () => {
    const rank = setUp({ rank: 1, size: 2 });
    rank.phases.openSteps();
    workPhase(rank);
    workPhase(rank);
    rank.cursor.agreeToStop();
    exchange(rank);
    workPhase(rank);
    expect(rank.queue.kind).toBe(phaseKinds.idle);
    expect(rank.cursor.globalStep).toBe(1);
  });
});
