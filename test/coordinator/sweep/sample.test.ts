import { describe, expect, test } from 'vitest';
import { summarizeSample } from '../../../src/coordinator/sweep/sample.ts';

describe('summarizeSample', () => {
  test('has the standard deviation of a sample, not of a population', () => {
    // Known from numpy.std([...], ddof=1).
    const sample = summarizeSample([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(sample?.mean).toBe(5);
    expect(sample?.standardDeviation).toBeCloseTo(2.138089935299395, 12);
  });

  test('a single value has no deviation, and no value no mean', () => {
    expect(summarizeSample([3])).toEqual({ values: [3], mean: 3, standardDeviation: undefined });
    expect(summarizeSample([])).toBeUndefined();
  });
});
