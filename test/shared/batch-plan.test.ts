import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BatchPlan,
  type Shard,
  samplesInStep,
  shardOfStep,
  shardsInStep,
  stepsPerEpoch,
} from '../../src/shared/batch-plan.ts';

describe('BatchPlan', () => {
  test('cuts a full batch into equal shards', () => {
    const plan = { sampleCount: 48_000, batchSize: 128, microBatch: 32 };
    expect(stepsPerEpoch(plan)).toBe(375);
    expect(shardsOf(plan, 2)).toEqual([
      { first: 256, count: 32 },
      { first: 288, count: 32 },
      { first: 320, count: 32 },
      { first: 352, count: 32 },
    ]);
  });

  test('shortens the last shard of a batch that the micro-batch does not divide', () => {
    const plan = { sampleCount: 100, batchSize: 10, microBatch: 4 };
    expect(shardsOf(plan, 1).map((shard) => shard.count)).toEqual([4, 4, 2]);
  });

  test('shortens the last batch of an epoch', () => {
    const plan = { sampleCount: 25, batchSize: 10, microBatch: 4 };
    expect(stepsPerEpoch(plan)).toBe(3);
    expect(shardsOf(plan, 2)).toEqual([
      { first: 20, count: 4 },
      { first: 24, count: 1 },
    ]);
  });

  test('covers every position of an epoch exactly once, in order', () => {
    const sizes = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(sizes, sizes, fc.nat(2000), (batchSize, microBatch, sampleCount) => {
        const plan = { sampleCount, batchSize, microBatch };
        let position = 0;
        for (let step = 0; step < stepsPerEpoch(plan); step++) {
          const shards = shardsOf(plan, step);
          expect(shards.reduce((sum, shard) => sum + shard.count, 0)).toBe(samplesInStep(plan, step));
          for (const { first, count } of shards) {
            expect(first).toBe(position);
            expect(count).toBeGreaterThan(0);
            expect(count).toBeLessThanOrEqual(microBatch);
            position += count;
          }
        }
        expect(position).toBe(sampleCount);
      }),
    );
  });
});

function shardsOf(plan: BatchPlan, step: number): Shard[] {
  return Array.from({ length: shardsInStep(plan, step) }, (_, index) => shardOfStep(plan, step, index));
}
