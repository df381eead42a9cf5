import { describe, expect, test } from 'vitest';
import { layoutMemory } from '../../src/shared/memory-layout.ts';
import { parameterCount } from '../../src/shared/parameters.ts';
import { StepCursor } from '../../src/shared/step-cursor.ts';

const layout = layoutMemory({
  workers: 1,
  parameters: parameterCount,
  averages: false,
  images: 1,
  trainingSamples: 1,
  evaluationSamples: 1,
  stepsPerEpoch: 1,
  slots: 1,
  shards: 1,
  spareSlotsPerWorker: 0,
  evaluationShards: 1,
  scratchBytesPerWorker: 64,
  traceCapacity: 0,
  ranks: 1,
  blocks: 0,
  shardsPerRank: 0,
});

/** Two views of one memory, as the coordinator and a worker have them. */
function newCursors(): [StepCursor, StepCursor] {
  const buffer = new SharedArrayBuffer(layout.totalBytes);
  return [new StepCursor(buffer, layout), new StepCursor(buffer, layout)];
}

describe('StepCursor', () => {
  test('begins before the first step', () => {
    const [cursor] = newCursors();
    expect(cursor).toMatchObject({ globalStep: 0, epochStep: 0, stopStep: 0, failed: false });
  });

  test('is placed anywhere in an epoch, for all who look at it', () => {
    const [coordinator, worker] = newCursors();
    coordinator.place(380, 5);
    expect(worker).toMatchObject({ globalStep: 380, epochStep: 5 });
    worker.commit();
    expect(coordinator).toMatchObject({ globalStep: 381, epochStep: 6 });
  });

  test('tells that the step of an update was taken, and only that one', () => {
    const [cursor, other] = newCursors();
    cursor.place(7, 0);
    cursor.beginUpdate();
    expect(other.updateCommitted).toBe(false);
    cursor.commit();
    expect(other.updateCommitted).toBe(true);
    cursor.beginUpdate();
    expect(other.updateCommitted).toBe(false);
  });

  test('takes no step by failing, and forgets the failure where it is placed anew', () => {
    const [cursor] = newCursors();
    cursor.place(3, 3);
    cursor.fail();
    expect(cursor).toMatchObject({ globalStep: 3, epochStep: 3, failed: true });
    cursor.place(3, 3);
    expect(cursor.failed).toBe(false);
  });

  test('lets anybody lower the step to stop before', () => {
    const [coordinator, worker] = newCursors();
    coordinator.stopStep = 12;
    expect(worker.stopStep).toBe(12);
    coordinator.stopStep = 0;
    expect(worker.stopStep).toBe(0);
  });
});
