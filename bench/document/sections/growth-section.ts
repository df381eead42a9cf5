import { fixed } from '../../../src/coordinator/bench/format-spread.ts';
import { type Spread, summarize } from '../../../src/coordinator/bench/statistics.ts';
import { formatCount } from '../../../src/coordinator/terminal/table.ts';
import type { FigurePanel } from '../charts/figure-panel.ts';
import { drawGrowth } from '../charts/growth-chart.ts';
import type { GrowthInput } from '../inputs.ts';
import { formatRounds, formatSpread, markdownPicture, markdownTable } from '../markdown.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';

type Series = GrowthInput['dimensions'][number];
type Run = Series['points'][number]['runs'][number];

interface Presentation {
  title: string;
  axis: string;
  format: string;
  picture: string;
  text: string;
  second(series: Series, report: GrowthInput): FigurePanel;
}

const nonGradientPanel = (series: Series): FigurePanel => ({
  title: 'Not gradient kernels, of a step',
  points: pointsOf(series, ({ nonGradientShare }) => nonGradientShare),
  format: '.0%',
});

const presentations: Record<Series['dimension'], Presentation> = {
  workers: {
    title: 'Workers',
    axis: 'Workers',
    format: 'd',
    picture: 'benchmarks-workers',
    text:
      'More workers than cores are oversubscribed: they take turns, so what can be hoped for is that nothing gets lost. Efficiency is therefore the speed, by that of ' +
      'one worker times the workers *or the cores, whichever are fewer*, round by round. Where there are more workers than cores, ' +
      'a worker that waits for a core counts as not computing, so the share that is not gradients says nothing there.',
    second: efficiencyPanel,
  },
  batchSize: {
    title: 'Batch size',
    axis: 'Batch size',
    format: ',d',
    picture: 'benchmarks-batch-size',
    text:
      'A step ends with the sum over its micro-batches, Adam, and a barrier that all workers wait at: the larger the batch, the rarer. A batch of 32 has two micro-batches ' +
      'of 16, one for each worker. Memory grows by a gradient of 61,706 floats (247 kB) for each micro-batch of a batch.',
    second: nonGradientPanel,
  },
  samples: {
    title: 'Training samples',
    axis: 'Training samples of an epoch',
    format: '~s',
    picture: 'benchmarks-samples',
    text:
      'An epoch is its training, the validation on a quarter as many samples, the hash of the weights and a checkpoint. The last two cost the same however short the epoch is, ' +
      'which is why an epoch of a thousand samples takes more than its forty-eighth of the largest. 48,000 are all there are: the other 12,000 of the 60,000 are for validation.',
    second: (series) => ({
      title: 'Seconds an epoch',
      points: pointsOf(series, ({ epochSeconds }) => epochSeconds),
      format: '.2f',
    }),
  },
  microBatch: {
    title: 'Micro-batch',
    axis: 'Micro-batch',
    format: 'd',
    picture: 'benchmarks-micro-batch',
    text:
      'A worker computes a micro-batch at a time. A batch of 128 has eight micro-batches of 16, four of 32, two of 64, and a single one of 128: then one worker has ' +
      'all the work, and the other waits. The micro-batch is part of what the result depends on (the order of additions).',
    second: nonGradientPanel,
  },
};

const order = ['workers', 'batchSize', 'samples', 'microBatch'] as const;

/** What lockstep costs as work grows, a part for each dimension. */
export async function growthSection(report: GrowthInput): Promise<Section> {
  const { samples, batchSize, workers, microBatch } = report.reference;
  const intro =
    `One thing is varied at a time, the others stay at ${formatCount(samples)} training samples, batch ${batchSize}, ${workers} workers and micro-batch ${microBatch}. ` +
    'Each run is a process of its own (`lockstep train`, with its metrics served, as by default), and the settings run in turn. The first epoch warms up and is not counted. ' +
    'In the pictures, a dot is the median of the rounds and the bar behind it their range.';
  const parts = [intro];
  const pictures = new Map<string, string>();
  for (const dimension of order) {
    const series = report.dimensions.find((each) => each.dimension === dimension);
    if (series === undefined || series.points.every(({ runs }) => runs.length === 0)) continue;
    const { title, axis, format, picture, text, second } = presentations[dimension];
    pictures.set(picture, await drawGrowth(axis, format, [throughputPanel(series), second(series, report)]));
    parts.push(
      `### ${title}`,
      text,
      markdownPicture(
        picture,
        `${title}: samples a second, and ${second(series, report).title.toLowerCase()}`,
      ),
      table(series, report),
      formatProvenance(report, formatRounds(report.rounds)),
      ...(dimension === 'workers' ? weightsNote(series) : []),
    );
  }
  return { title: 'As work grows', markdown: parts.join('\n\n'), pictures };
}

/** Runs that differ in nothing but their workers are to end with the same bits: what their hashes say of it. */
function weightsNote({ points }: Series): string[] {
  const runs = points.flatMap((point) => point.runs);
  const hashes = [...new Set(runs.map(({ weightsSha256 }) => weightsSha256))];
  return hashes.length === 1
    ? [`All these runs ended with the same weights, SHA-256 \`${hashes[0]}\`.`]
    : [`**These runs ended with different weights**, SHA-256 ${hashes.join(', ')}.`];
}

function throughputPanel(series: Series): FigurePanel {
  return {
    title: 'Samples a second',
    points: pointsOf(series, ({ samplesPerSecond }) => samplesPerSecond),
    format: '.3~s',
  };
}

function efficiencyPanel(series: Series, { machine }: GrowthInput): FigurePanel {
  return {
    title: 'Efficiency (dashed: nothing lost)',
    points: listEfficiencies(series, machine.cores),
    format: '.2f',
    guide: 1,
  };
}

/**
 * Speed by that of one worker times the workers or the cores, whichever are fewer, round by round.
 * @returns nothing where one worker was not measured
 */
export function listEfficiencies({ points }: Series, cores: number): ({ x: number } & Spread)[] {
  const alone = points.find(({ value }) => value === 1)?.runs;
  if (alone === undefined) return [];
  return points.map(({ value, runs }) => ({
    x: value,
    ...summarize(
      runs.map(
        ({ samplesPerSecond }, round) =>
          samplesPerSecond / ((alone[round]?.samplesPerSecond ?? Number.NaN) * Math.min(value, cores)),
      ),
    ),
  }));
}

function pointsOf({ points }: Series, figure: (run: Run) => number): ({ x: number } & Spread)[] {
  return points.map(({ value, runs }) => ({ x: value, ...summarize(runs.map(figure)) }));
}

function table(series: Series, { machine }: GrowthInput): string {
  const efficiencies = series.dimension === 'workers' ? listEfficiencies(series, machine.cores) : undefined;
  const columns = ['samples/s', 'epoch, s', 'start-up, s', 'not gradients, %', 'peak memory, MB'];
  return markdownTable(
    [
      `${presentations[series.dimension].axis.toLowerCase()}`,
      ...columns,
      ...(efficiencies ? ['efficiency'] : []),
    ],
    series.points.map(({ value, runs }) => [
      formatCount(value),
      formatSpread(runs.map(({ samplesPerSecond }) => samplesPerSecond)),
      formatSpread(
        runs.map(({ epochSeconds }) => epochSeconds),
        fixed(3),
      ),
      formatSpread(
        runs.map(({ startupSeconds }) => startupSeconds),
        fixed(2),
      ),
      formatSpread(
        runs.map(({ nonGradientShare }) => 100 * nonGradientShare),
        fixed(1),
      ),
      formatSpread(runs.map(({ peakMemoryBytes }) => peakMemoryBytes / 1e6)),
      ...(efficiencies?.filter(({ x }) => x === value).map((each) => formatSpread(each, fixed(2))) ?? []),
    ]),
  );
}
