import { describe, expect, test } from 'vitest';
import { epochsOf, fullPlan, listSettings, nameOf, quickPlan } from '../../../bench/growth/points.ts';

describe.each([
  ['full', fullPlan],
  ['quick', quickPlan],
])('the %s plan of the growth benchmark', (_, plan) => {
  test('runs each setting once, although every series holds the reference', () => {
    const names = listSettings(plan).map(nameOf);
    const values = plan.series.reduce((sum, series) => sum + series.values.length, 0);
    expect(names).toHaveLength(values - (plan.series.length - 1));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain(nameOf(plan.reference));
  });

  test('varies one dimension at a time', () => {
    for (const settings of listSettings(plan)) {
      const varied = Object.entries(settings).filter(
        ([key, value]) => value !== plan.reference[key as keyof typeof settings],
      );
      expect(varied.length).toBeLessThanOrEqual(1);
    }
  });

  test('has an epoch to count after the one that warms up', () => {
    for (const settings of listSettings(plan)) {
      expect(epochsOf(plan, settings)).toBeGreaterThanOrEqual(2);
      expect(epochsOf(plan, settings)).toBeLessThanOrEqual(plan.mostEpochs);
    }
  });
});

test('short epochs are measured over more of them', () => {
  const epochs = (samples: number) => epochsOf(fullPlan, { ...fullPlan.reference, samples });
  expect([epochs(48_000), epochs(30_000), epochs(10_000), epochs(1000)]).toEqual([4, 7, 20, 40]);
});
