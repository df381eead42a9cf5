import { fixed, formatSpread } from '../../src/coordinator/bench/format-spread.ts';
import type { BenchMachine } from '../../src/coordinator/bench/machine.ts';
import { summarize } from '../../src/coordinator/bench/statistics.ts';
import { formatCount, formatTable } from '../../src/coordinator/terminal/table.ts';
import type { Versions } from '../../src/coordinator/version.ts';
import { type Dimension, type GrowthPlan, type GrowthSettings, nameOf, settingsOf } from './points.ts';
import type { GrowthFigures } from './run.ts';

/** One value of a dimension, with a run for each round. */
interface GrowthPoint {
  value: number;
  runs: GrowthFigures[];
}

/** All that one call found out; what `--json` writes. */
export interface GrowthReport {
  date: string;
  machine: BenchMachine;
  versions: Versions;
  command: string;
  rounds: number;
  reference: GrowthSettings;
  dimensions: { dimension: Dimension; points: GrowthPoint[] }[];
}

const dimensionNames: Record<Dimension, string> = {
  samples: 'training samples',
  batchSize: 'batch size',
  workers: 'workers',
  microBatch: 'micro-batch',
};

/** @param runs by `nameOf` their settings */
export function listDimensions(
  plan: GrowthPlan,
  runs: ReadonlyMap<string, GrowthFigures[]>,
): GrowthReport['dimensions'] {
  return plan.series.map(({ dimension, values }) => ({
    dimension,
    points: values.map((value) => ({
      value,
      runs: runs.get(nameOf(settingsOf(plan, dimension, value))) ?? [],
    })),
  }));
}

/** The final weights of runs that differ in nothing but their workers: one hash, unless the project's promise is broken. */
export function weightsOverWorkers({ dimensions }: Pick<GrowthReport, 'dimensions'>): string[] {
  const ofWorkers = dimensions.filter(({ dimension }) => dimension === 'workers');
  const runs = ofWorkers.flatMap(({ points }) => points.flatMap((point) => point.runs));
  return [...new Set(runs.map(({ weightsSha256 }) => weightsSha256))];
}

/** A table a dimension, for a reader. */
export function formatGrowth({ machine, rounds, reference, dimensions }: GrowthReport): string {
  const head =
    `${machine.cpu}, ${machine.cores} cores, load ${machine.loadBefore.toFixed(1)} · Node ${machine.node} · ` +
    `${rounds} rounds in turn; median (smallest–largest)\n` +
    `What is not varied: ${nameOf(reference)}`;
  const tables = dimensions.map(({ dimension, points }) =>
    formatTable(
      [
        dimensionNames[dimension],
        'samples/s',
        'epoch, s',
        'start-up, s',
        'not gradients, %',
        'peak memory, MB',
      ],
      points.map(({ value, runs }) => [
        formatCount(value),
        formatColumn(runs, ({ samplesPerSecond }) => samplesPerSecond, formatCount),
        formatColumn(runs, ({ epochSeconds }) => epochSeconds, fixed(3)),
        formatColumn(runs, ({ startupSeconds }) => startupSeconds, fixed(2)),
        formatColumn(runs, ({ nonGradientShare }) => 100 * nonGradientShare, fixed(1)),
        formatColumn(runs, ({ peakMemoryBytes }) => peakMemoryBytes / 1e6, formatCount),
      ]),
    ),
  );
  return [head, ...tables].join('\n\n');
}

function formatColumn(
  runs: readonly GrowthFigures[],
  figure: (run: GrowthFigures) => number,
  format: (value: number) => string,
): string {
  return formatSpread(summarize(runs.map(figure)), format);
}
