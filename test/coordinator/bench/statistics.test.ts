import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairedRatios, summarize } from '../../../src/coordinator/bench/statistics.ts';

describe('summarize', () => {
  test('takes the middle value, however the values are ordered', () => {
    expect(summarize([30, 9, 100])).toEqual({ median: 30, min: 9, max: 100 });
  });

  test('takes the mean of the middle two of an even number of values', () => {
    expect(summarize([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
  });

  test('of one value is that value', () => {
    expect(summarize([7])).toEqual({ median: 7, min: 7, max: 7 });
  });

  test('has as many values at or below the median as at or above it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const { median } = summarize(values);
        const atMost = values.filter((value) => value <= median).length;
        const atLeast = values.filter((value) => value >= median).length;
        return 2 * atMost >= values.length && 2 * atLeast >= values.length;
      }),
    );
  });

  test('leaves its argument in its order', () => {
    const values = [3, 1, 2];
    summarize(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test('refuses no values, and values that are not finite', () => {
    expect(() => summarize([])).toThrow('at least one value');
    expect(() => summarize([1, Number.NaN])).toThrow('got NaN');
    expect(() => summarize([1, Infinity])).toThrow('got Infinity');
  });
});

describe('pairedRatios', () => {
  test('divides round by round', () => {
    expect(pairedRatios([10, 30], [5, 10])).toEqual([2, 3]);
  });

  test('sees a constant ratio where the machine changes its speed and the ratio of the medians does not', () => {
    const slowdown = [1, 4, 1, 1, 4];
    const ratios = pairedRatios(
      slowdown.map((factor) => 600 / factor),
      slowdown.map((factor) => 100 / factor),
    );
    expect(summarize(ratios)).toEqual({ median: 6, min: 6, max: 6 });
  });

  test('refuses rounds that have no partner', () => {
    expect(() => pairedRatios([1, 2], [1])).toThrow('2 runs cannot be paired with 1');
  });
});
