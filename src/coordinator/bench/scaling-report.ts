import { formatCount, formatTable } from '../terminal/table.ts';
import type { Scaling } from './combinations.ts';
import { fixed, formatSpread } from './format-spread.ts';
import type { BenchRun, MeasuredCombination } from './scaling.ts';
import { type Spread, summarize } from './statistics.ts';
import type { DeviceFigures } from './training-run.ts';

const headings: Record<Scaling, string> = {
  strong: 'Strong scaling: the same batch, whoever shares it',
  weak: 'Weak scaling: a batch that grows with the workers',
};
const none = '–';

/** The figures for a reader: speed for each kind of scaling, then what a step, a start and a worker cost. */
export function formatScaling(measured: readonly MeasuredCombination[]): string {
  // The first combination of two lists, or of both kinds of scaling, may be the same one.
  const distinct = [...new Map(measured.map((each) => [each.name, each])).values()];
  const parts = (Object.keys(headings) as Scaling[])
    .map((kind) => ({ kind, ofKind: measured.filter(({ scaling }) => scaling === kind) }))
    .filter(({ ofKind }) => ofKind.length > 0)
    .map(({ kind, ofKind }) => `${headings[kind]}\n\n${formatSpeeds(ofKind)}`);
  parts.push(formatSteps(distinct), formatStarts(distinct));
  if (distinct.some(({ devices }) => new Set(devices).size > 1)) parts.push(formatDevices(distinct));
  return parts.join('\n\n');
}

function formatSpeeds(measured: readonly MeasuredCombination[]): string {
  const giga = (operationsPerSecond: number | undefined) =>
    operationsPerSecond === undefined ? none : fixed(1)(1e-9 * operationsPerSecond);
  const percent = (spread: Spread | undefined) =>
    spread === undefined ? none : formatSpread(spread, formatPercent);
  const rows = measured.map(({ name, samplesPerSecond, efficiency, direct, executed, peak }) => [
    name,
    formatSpread(samplesPerSecond, formatCount),
    formatSpread(efficiency, fixed(2)),
    giga(direct.operationsPerSecond.median),
    direct.ofPeak === undefined ? none : formatPercent(direct.ofPeak.median),
    giga(executed?.operationsPerSecond.median),
    percent(executed?.ofPeak),
    giga(peak?.threads),
  ]);
  return formatTable(
    [
      '',
      'samples/s',
      'efficiency',
      'direct GFLOP/s',
      'of peak',
      'executed GFLOP/s',
      'of peak',
      'peak GFLOP/s',
    ],
    rows,
  );
}

function formatSteps(measured: readonly MeasuredCombination[]): string {
  const rows = measured.map(({ name, runs }) => {
    const share = (field: 'compute' | 'reduce' | 'optimizer' | 'gather' | 'wait') =>
      formatPercent(
        summarize(runs.map(({ meanStep }) => meanStep[`${field}Seconds`] / meanStep.seconds)).median,
      );
    const milliseconds = summarize(runs.map(({ meanStep }) => 1000 * meanStep.seconds)).median;
    return [
      name,
      fixed(2)(milliseconds),
      share('compute'),
      share('reduce'),
      share('optimizer'),
      share('gather'),
      share('wait'),
    ];
  });
  return formatTable(['', 'step, ms', 'compute', 'reduce', 'optimizer', 'gather', 'wait'], rows);
}

function formatStarts(measured: readonly MeasuredCombination[]): string {
  const mega = (bytes: number) => fixed(0)(bytes / 1e6);
  const rows = measured.map(({ name, runs, bytesPerFurtherWorker }) => [
    name,
    formatSpread(summarize(runs.map(({ startupSeconds }) => startupSeconds)), fixed(2)),
    formatSpread(summarize(runs.map(({ peakMemoryBytes }) => peakMemoryBytes)), mega),
    bytesPerFurtherWorker === undefined ? none : formatSpread(bytesPerFurtherWorker, mega),
  ]);
  return formatTable(['', 'start-up, s', 'peak memory, MB', 'each further worker, MB'], rows);
}

function formatDevices(measured: readonly MeasuredCombination[]): string {
  const rows = measured.flatMap(({ name, runs }) =>
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
  return formatTable(['', 'of the samples', 'compute', 'update', 'wait'], rows);
}

function medianOf(
  runs: readonly BenchRun[],
  device: string,
  figure: (figures: DeviceFigures) => number,
): number {
  const values = runs.flatMap(({ devices }) => devices.filter((each) => each.device === device).map(figure));
  return summarize(values).median;
}

function formatPercent(share: number): string {
  return `${fixed(1)(100 * share)} %`;
}
