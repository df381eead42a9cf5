import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samplesInStep, shardOfStep, shardsInStep, stepsPerEpoch } from '../../src/shared/batch-plan.ts';

describe('batch plan', () => {
  test('cuts the reference epoch into 375 steps of 8 micro-shards of 16', () => {
    const plan = { sampleCount: 48_000, batchSize: 128, microBatch: 16 };
    expect(stepsPerEpoch(plan)).toBe(375);
    expect(shardsInStep(plan, 374)).toBe(8);
    expect(shardOfStep(plan, 1, 2)).toEqual({ first: 160, count: 16 });
  });

  test('a short last batch has a short last shard', () => {
    const plan = { sampleCount: 300, batchSize: 128, microBatch: 16 };
    expect(samplesInStep(plan, 2)).toBe(44);
    expect(shardsInStep(plan, 2)).toBe(3);
    expect(shardOfStep(plan, 2, 2)).toEqual({ first: 288, count: 12 });
  });

  test('the shards of an epoch cover every position once, in order', () => {
    const plans = fc.record({
      sampleCount: fc.integer({ min: 1, max: 2000 }),
      batchSize: fc.integer({ min: 1, max: 300 }),
      microBatch: fc.integer({ min: 1, max: 80 }),
    });
    fc.assert(
      fc.property(plans, (plan) => {
        let position = 0;
        for (let step = 0; step < stepsPerEpoch(plan); step++) {
          for (let index = 0; index < shardsInStep(plan, step); index++) {
            const { first, count } = shardOfStep(plan, step, index);
            expect(first).toBe(position);
            expect(count).toBeGreaterThanOrEqual(1);
            expect(count).toBeLessThanOrEqual(plan.microBatch);
            position += count;
          }
        }
        expect(position).toBe(plan.sampleCount);
      }),
    );
  });
});
