import { expect, test } from 'vitest';
import { lockstep } from '../../bench/lockstep-run.ts';
import { evaluationCost } from '../../bench/run-figures.ts';
import { sliceDirectory } from '../support/training.ts';

test('tests the weights of each epoch, and leaves that out of the time', async () => {
  const contestant = lockstep('two', 2, 4, sliceDirectory, 'nothing', { evaluates: true });
  const { evaluatedEpochs = [], evaluationCost: cost } = await contestant.run();
  // More than a run keeps checkpoints by default.
  expect(evaluatedEpochs).toHaveLength(4);
  const times = evaluatedEpochs.map(({ secondsSinceFirstStep }) => secondsSinceFirstStep);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  // 200 images each.
  for (const { testAccuracy, validationAccuracy } of evaluatedEpochs) {
    expect(200 * testAccuracy).toBeCloseTo(Math.round(200 * testAccuracy));
    expect(testAccuracy).toBeGreaterThan(0);
    expect(validationAccuracy).toBeGreaterThan(0);
  }
  expect(cost).toBeGreaterThan(0);
});

test('holds a validation sample against a training sample', () => {
  // 12,000 samples in 3 s, 48,000 in 24 s.
  expect(evaluationCost({ compute: 24, update: 1, wait: 1, evaluate: 3, total: 29 })).toBeCloseTo(0.5);
});
