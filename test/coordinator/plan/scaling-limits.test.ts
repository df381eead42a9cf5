import { describe, expect, test } from 'vitest';
import {
  hostSeries,
  hostsBelow,
  quickestHosts,
  sufficientBatch,
} from '../../../src/coordinator/plan/scaling-limits.ts';
import type { StepCost } from '../../../src/coordinator/plan/step-cost.ts';

/** Steps of given efficiency, or given time, for 1, 2, 3, … hosts. */
const steps = (values: number[], field: 'efficiency' | 'stepSeconds') => (hosts: number) =>
  ({ [field]: values[hosts - 1] }) as unknown as StepCost;

describe('hostSeries', () => {
  test('doubles, and ends with the number itself', () => {
    expect(hostSeries(1)).toEqual([1]);
    expect(hostSeries(8)).toEqual([1, 2, 4, 8]);
    expect(hostSeries(10_000).slice(-2)).toEqual([8192, 10_000]);
  });
});

describe('hostsBelow', () => {
  test('a number of hosts that is efficient again does not count as below', () => {
    expect(hostsBelow(0.8, 5, steps([1, 0.7, 0.85, 0.7, 0.6], 'efficiency'))).toBe(4);
  });

  test('there is none where the last is efficient; it is 1 where none is', () => {
    expect(hostsBelow(0.8, 3, steps([1, 0.7, 0.9], 'efficiency'))).toBeUndefined();
    expect(hostsBelow(0.8, 3, steps([0.7, 0.6, 0.5], 'efficiency'))).toBe(1);
  });
});

describe('quickestHosts', () => {
  test('is the first of the smallest times', () => {
    expect(quickestHosts(4, steps([4, 2, 2, 3], 'stepSeconds'))).toBe(2);
  });
});

describe('sufficientBatch', () => {
  test('is the first doubling that is efficient enough, if there are as many samples', () => {
    const efficiencyOf = (batch: number) => batch / 1000;
    expect(sufficientBatch(0.8, 100, 5000, efficiencyOf)).toBe(800);
    expect(sufficientBatch(0.8, 100, 700, efficiencyOf)).toBeUndefined();
    expect(sufficientBatch(0.8, 6000, 5000, efficiencyOf)).toBeUndefined();
  });
});
