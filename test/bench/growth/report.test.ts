import { describe, expect, test } from 'vitest';
import { quickPlan } from '../../../bench/growth/points.ts';
import { formatGrowth, listDimensions, weightsOverWorkers } from '../../../bench/growth/report.ts';
import { flagsOf, readFigures } from '../../../bench/growth/run.ts';
import type { EpochRecord } from '../../../src/coordinator/run/history.ts';
import type { RunResult } from '../../../src/coordinator/run/run-result.ts';
import { growthFigures, growthReport } from './example-growth.ts';

function epoch(seconds: number, samplesPerSecond: number) {
  return { seconds, samplesPerSecond } as EpochRecord;
}

describe('readFigures', () => {
  const result = {
    stepPhases: { compute: 6, update: 1, wait: 1, evaluate: 2, total: 10 },
    startupSeconds: 0.4,
    peakMemoryBytes: 2e8,
    weightsSha256: 'abc',
  } as RunResult;

  test('leaves out the first epoch, which warms up', () => {
    const figures = readFigures(result, [epoch(9, 10), epoch(2, 1000), epoch(4, 250), epoch(3, 500)]);
    expect(figures.epochSeconds).toBe(3);
    // Samples by time: the harmonic mean, as all epochs have as many samples.
    expect(figures.samplesPerSecond).toBeCloseTo(3 / (1 / 1000 + 1 / 250 + 1 / 500));
  });

  test('counts what is neither gradients nor validation', () => {
    expect(readFigures(result, [epoch(1, 1), epoch(1, 1)]).nonGradientShare).toBe(0.25);
  });
});

test('a run validates on a quarter of its training samples, as the reference does', () => {
  const flags = flagsOf({ samples: 48_000, batchSize: 64, workers: 4, microBatch: 32 }, 4).join(' ');
  expect(flags).toBe(
    '--limit-train 48000 --limit-val 12000 --batch-size 64 --micro-batch 32 --workers 4 --epochs 4',
  );
});

test('the runs of the reference are those of every series', () => {
  const reference = '10000 samples, batch 128, 2 workers, micro-batch 16';
  const runs = new Map([[reference, [growthFigures(1000)]]]);
  for (const { points } of listDimensions(quickPlan, runs)) {
    expect(points.filter(({ runs }) => runs.length === 1)).toHaveLength(1);
  }
});

describe('formatGrowth', () => {
  test('has a table a dimension, each value with median and range', () => {
    const text = formatGrowth(growthReport());
    expect(text).toContain('micro-batch');
    expect(text).toMatch(/^4 +40,000 \(39,000–42,000\) +0\.500 \(0\.500–0\.500\)/m);
  });
});

test('weights are compared over the workers alone: other dimensions change them', () => {
  const report = growthReport();
  expect(weightsOverWorkers(report)).toEqual(['same']);
  const [first] = report.dimensions.find(({ dimension }) => dimension === 'workers')?.points ?? [];
  first?.runs.push({ ...growthFigures(1), weightsSha256: 'other' });
  expect(weightsOverWorkers(report)).toEqual(['same', 'other']);
});
