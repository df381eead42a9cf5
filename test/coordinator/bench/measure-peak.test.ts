import { describe, expect, test } from 'vitest';
import { measurePeak, rateOfWindow } from '../../../src/coordinator/bench/measure-peak.ts';

describe('measurePeak', () => {
  test.each([1, 3])('gives a rate for %i threads together', async (threads) => {
    const rate = await measurePeak(threads);
    expect(rate).toBeGreaterThan(0);
    expect(rate).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});

describe('rateOfWindow', () => {
  test('divides by the time in which any thread ran, so that those that ran one after another are not added up', () => {
    const windows = [
      { began: 10, ended: 11, operations: 40 },
      { began: 11, ended: 12, operations: 60 },
    ];
    expect(rateOfWindow(windows)).toBe(50);
  });
});
