import { describe, expect, test } from 'vitest';
import { layoutMemory, traceRingBytes } from '../../src/shared/memory-layout.ts';
import { parameterCount } from '../../src/shared/parameters.ts';
import { RunMemory } from '../../src/shared/run-memory.ts';

const needs = {
  workers: 3,
  parameters: parameterCount,
  averages: true,
  images: 50,
  trainingSamples: 40,
  evaluationSamples: 10,
  stepsPerEpoch: 5,
  slots: 2,
  shards: 2,
  spareSlotsPerWorker: 0,
  evaluationShards: 3,
  scratchBytesPerWorker: 1024,
  traceCapacity: 4,
  ranks: 2,
  blocks: 2,
  shardsPerRank: 1,
};

describe('memory layout', () => {
  test('no region overlaps another: what is written through one view is seen through no other', () => {
    const layout = layoutMemory(needs);
    const memory = new RunMemory(new SharedArrayBuffer(layout.totalBytes), layout);
    const views = [
      memory.optimizerSchedule,
      memory.stepRecords,
      memory.taskSeconds,
      memory.trainingOrder,
      memory.evaluationOrder,
      memory.predictions,
      memory.squareSums,
      memory.images,
      memory.labels,
      ...[0, 1].flatMap((step) => [
        memory.parameters(step),
        memory.firstMoments(step),
        memory.secondMoments(step),
        memory.averages(step),
      ]),
      ...[0, 1, 2].map((worker) => memory.workerStatistics(worker)),
      new Float32Array(memory.buffer, layout.meanGradient, parameterCount),
      new Float32Array(memory.buffer, layout.gradientSlots, (needs.slots * layout.slotStride) / 4),
      new Float32Array(memory.buffer, layout.blockSums, (needs.blocks * layout.slotStride) / 4),
      new Uint8Array(memory.buffer, layout.rankMessages, needs.ranks * layout.rankMessageBytes),
      new Uint8Array(memory.buffer, layout.scratch, needs.workers * needs.scratchBytesPerWorker),
      new Uint8Array(memory.buffer, layout.traceRings, needs.workers * traceRingBytes(needs.traceCapacity)),
    ];
    for (const [index, view] of views.entries()) view.fill(index + 1);
    for (const [index, view] of views.entries()) {
      expect(view.every((value) => value === index + 1)).toBe(true);
    }
  });

  test('every region starts on a cache line, above the 64 KiB of the kernels', () => {
    const {
      needs: _,
      totalBytes,
      taskCapacity,
      updateRanges,
      rangesPerTask,
      updateTasks,
      slotStride,
      rankMessageBytes,
      ...regions
    } = layoutMemory(needs);
    for (const address of Object.values(regions).flat() as number[]) {
      expect(address % 64).toBe(0);
      expect(address).toBeGreaterThanOrEqual(65_536);
      expect(address).toBeLessThan(totalBytes);
    }
    expect(slotStride % 64).toBe(0);
    expect(rankMessageBytes % 8).toBe(0);
    expect(taskCapacity).toBe(16);
    expect(updateRanges).toBe(16);
    expect(rangesPerTask * updateTasks).toBeGreaterThanOrEqual(updateRanges);
  });

  test.each([
    [1, 4, 4],
    [2, 2, 8],
    [3, 1, 16],
    [4, 1, 16],
    [16, 1, 16],
  ])('with %i workers a task of the update is %i ranges, and there are %i', (workers, ranges, tasks) => {
    const layout = layoutMemory({ ...needs, workers });
    expect(layout.rangesPerTask).toBe(ranges);
    expect(layout.updateTasks).toBe(tasks);
  });

  test('rings for a trace take no room where nothing is traced', () => {
    const { traceRings, images } = layoutMemory({ ...needs, traceCapacity: 0 });
    expect(traceRings).toBe(images);
  });

  test('more than 4 GiB is refused', () => {
    expect(() => layoutMemory({ ...needs, slots: 20_000 })).toThrow(/at most 4294967296/);
  });
});
