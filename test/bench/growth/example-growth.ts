import type { Dimension } from '../../../bench/growth/points.ts';
import type { GrowthReport } from '../../../bench/growth/report.ts';
import type { GrowthFigures } from '../../../bench/growth/run.ts';

export function growthFigures(samplesPerSecond: number, weightsSha256 = 'same'): GrowthFigures {
  return {
    samplesPerSecond,
    epochSeconds: 20_000 / samplesPerSecond,
    startupSeconds: 0.4,
    nonGradientShare: 0.07,
    peakMemoryBytes: 2e8,
    weightsSha256,
  };
}

/** Three rounds of invented figures, which scale perfectly to two cores. */
export function growthReport(): GrowthReport {
  const series = (dimension: Dimension, speeds: Record<number, number>) => ({
    dimension,
    points: Object.entries(speeds).map(([value, speed]) => ({
      value: Number(value),
      runs: [0.975 * speed, speed, 1.05 * speed].map((each) => ({
        ...growthFigures(each, dimension === 'workers' ? 'same' : `${dimension} ${value}`),
        epochSeconds: 20_000 / speed,
      })),
    })),
  });
  return {
    date: '2026-01-02T03:04:05.000Z',
    machine: {
      cpu: 'Some CPU',
      cores: 2,
      memoryBytes: 8e9,
      node: 'v20.0.0',
      system: 'linux x64',
      loadBefore: 0.1,
    },
    versions: { lockstep: '0.1.0', node: '20.0.0', v8: '11.3', platform: 'linux-x64' },
    command: 'npm run bench:growth -- --json growth.json',
    rounds: 3,
    reference: { samples: 48_000, batchSize: 128, workers: 2, microBatch: 16 },
    dimensions: [
      series('samples', { 1000: 30_000, 10000: 38_000, 48000: 40_000 }),
      series('batchSize', { 32: 30_000, 128: 40_000, 4096: 45_000 }),
      series('workers', { 1: 20_000, 2: 40_000, 4: 40_000, 16: 36_000 }),
      series('microBatch', { 16: 40_000, 128: 10_000 }),
    ],
  };
}
