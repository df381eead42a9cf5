import { formatCount, formatTable } from '../terminal/table.ts';
import { pairedRatios, type Spread, summarize } from './statistics.ts';
import type { DeviceFigures, TrainingFigures } from './training-run.ts';

/** So many workers on a list of devices. */
export interface Combination {
  name: string;
  devices: readonly string[];
  workers: number;
}

/** A combination with its figures, a run for each round. */
export interface MeasuredCombination extends Combination {
  runs: readonly TrainingFigures[];
  /** Throughput of a worker, by that of a worker of the smallest combination on the same list, round by round. */
  efficiency: Spread;
}

/**
 * Adds to each combination how well it scales.
 * @param combinations in the order in which they were run; the first one of a list of devices is its measure
 */
export function measureScaling(
  combinations: readonly Combination[],
  runs: ReadonlyMap<string, readonly TrainingFigures[]>,
): MeasuredCombination[] {
  const perWorker = ({ name, workers }: Combination) =>
    (runs.get(name) ?? []).map(({ samplesPerSecond }) => samplesPerSecond / workers);
  return combinations.map((combination) => {
    const smallest = combinations
      .filter(({ devices }) => devices === combination.devices)
      .reduce((least, each) => (each.workers < least.workers ? each : least));
    return {
      ...combination,
      runs: runs.get(combination.name) ?? [],
      efficiency: summarize(pairedRatios(perWorker(combination), perWorker(smallest))),
    };
  });
}

/** The figures for a reader: a line a combination, then a line for each device in it. */
export function formatScaling(measured: readonly MeasuredCombination[]): string {
  const speeds = measured.map(({ name, runs, efficiency }) => [
    name,
    formatSpread(summarize(runs.map(({ samplesPerSecond }) => samplesPerSecond)), formatCount),
    formatSpread(efficiency, (value) => value.toFixed(2)),
    formatSpread(summarize(runs.map(({ startupSeconds }) => startupSeconds)), (value) => value.toFixed(2)),
  ]);
  // The first combination of two lists may be the same one.
  const distinct = new Map(measured.map((each) => [each.name, each]));
  const devices = [...distinct.values()].flatMap(({ name, runs }) =>
    (runs[0]?.devices ?? []).map(({ device, workers }) => {
      const share = (figure: (figures: DeviceFigures) => number) =>
        formatPercent(medianOf(runs, device, figure));
      return [
        `${name}: ${device}${workers === 1 ? '' : ` (${workers} workers)`}`,
        share(({ samplesShare }) => samplesShare),
        share(({ computeShare }) => computeShare),
        share(({ updateShare }) => updateShare),
        share(({ waitShare }) => waitShare),
      ];
    }),
  );
  return [
    formatTable(['', 'samples/s', 'efficiency', 'start-up, s'], speeds),
    formatTable(['', 'of the samples', 'compute', 'update', 'wait'], devices),
  ].join('\n\n');
}

function medianOf(
  runs: readonly TrainingFigures[],
  device: string,
  figure: (figures: DeviceFigures) => number,
): number {
  const values = runs.flatMap(({ devices }) => devices.filter((each) => each.device === device).map(figure));
  return summarize(values).median;
}

function formatSpread({ median, min, max }: Spread, format: (value: number) => string): string {
  return `${format(median)} (${format(min)}–${format(max)})`;
}

function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
