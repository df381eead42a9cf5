import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochDomain, epochTicks, valueDomain } from '../../../src/coordinator/charts/axis-domains.ts';

describe('epochTicks', () => {
  test.each([
    { last: 1, ticks: [1] },
    { last: 10, ticks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
    { last: 12, ticks: [2, 4, 6, 8, 10, 12] },
    { last: 40, ticks: [1, 5, 10, 15, 20, 25, 30, 35, 40] },
    { last: 1000, ticks: [1, 200, 400, 600, 800, 1000] },
  ])('labels a run of $last epochs', ({ last, ticks }) => {
    expect(epochTicks(last)).toEqual(ticks);
  });

  test('gives few whole numbers within the run, whatever its length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (last) => {
        const ticks = epochTicks(last);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.length).toBeLessThanOrEqual(11);
        expect(ticks.every((tick) => Number.isInteger(tick) && tick >= 1 && tick <= last)).toBe(true);
        expect(new Set(ticks).size).toBe(ticks.length);
      }),
    );
  });
});

describe('epochDomain', () => {
  test('leaves room on both sides, around a single epoch too', () => {
    expect(epochDomain(1)).toEqual([0.5, 1.5]);
    expect(epochDomain(101)).toEqual([-3, 105]);
  });
});

describe('valueDomain', () => {
  const percent = { minimum: 0, maximum: 100 };

  test('holds all values and never leaves the bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 }), (values) => {
        const [low, high] = valueDomain(values, percent);
        expect(low).toBeLessThan(high);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(100);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
        expect(Math.max(...values)).toBeLessThanOrEqual(high);
      }),
    );
  });

  test('keeps an axis of some height for values that are equal', () => {
    const [low, high] = valueDomain([50, 50.01], percent);
    expect(high - low).toBeGreaterThan(5);
    expect(valueDomain([0, 0], percent)[1]).toBeGreaterThan(0.5);
  });
});
