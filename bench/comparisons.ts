import { pairedRatios, type Spread, summarize } from '../src/coordinator/bench/statistics.ts';
import { trainingSamples } from '../src/coordinator/dataset/reference-split.ts';
import type { RunFigures } from './run-figures.ts';

/** The contestants, in the order of a round: what is compared with tight aims runs next to each other. */
export const contestantNames = {
  ddp: 'PyTorch DDP, 2 processes',
  fourWorkers: 'lockstep, 4 workers',
  observed: 'lockstep, 2 workers, everything observed',
  unobserved: 'lockstep, 2 workers, nothing observed',
  twoWorkers: 'lockstep, 2 workers',
  oneWorker: 'lockstep, 1 worker',
  wideVectors: 'lockstep, 2 workers, vectors of 256 bits',
  oneThread: 'PyTorch, 1 thread',
  twoThreads: 'PyTorch, 2 threads',
  newestDdp: 'PyTorch DDP from PyPI, 2 processes',
  newestOneThread: 'PyTorch from PyPI, 1 thread',
  newestTwoThreads: 'PyTorch from PyPI, 2 threads',
  compiledOneThread: 'PyTorch from PyPI, compiled, 1 thread',
  compiledTwoThreads: 'PyTorch from PyPI, compiled, 2 threads',
  tensorflow: 'TensorFlow with Keras, 2 threads',
  jax: 'JAX, 2 threads',
  onnxruntime: 'ONNX Runtime, 2 threads',
  tfjsNode: 'tfjs-node, 2 threads',
  tfjsCpu: 'tfjs cpu',
  tfjsWasm: 'tfjs wasm',
  ranks: 'lockstep, 2 ranks × 1 worker (Open MPI)',
} as const;

export const watchingCostName = 'CPU time of watching, 2 workers';

/** How many times as long the runs are that tell what watching costs: so long that the code which observes is warm, as it is in a run that somebody watches. */
export const watchedEpochFactor = 4;

/** Whether a report is of those runs alone: `npm run bench -- --only observed`. */
export function isObservation(contestants: readonly string[]): boolean {
  const watched: readonly string[] = [contestantNames.observed, contestantNames.unobserved];
  return contestants.length > 0 && contestants.every((name) => watched.includes(name));
}

/** Whether a comparison is of those runs. */
export function isOfObservation(comparison: string): boolean {
  return comparison === watchingCostName || comparison.startsWith(contestantNames.observed);
}

/** Whether a contestant is the project's own, in whatever form, rather than a peer. */
export function isLockstep(name: string): boolean {
  return name.startsWith('lockstep');
}

/** Whether a contestant leaves cores idle: nobody who waits for an accuracy would do so. */
export function isOfOneCore(name: string): boolean {
  return /, 1 (thread|worker)$/.test(name);
}

/** A figure that says more than the speeds themselves. */
export interface Comparison {
  name: string;
  unit: string;
  /** What the project has set itself; undefined for what is told without. */
  aim?: { atLeast: number } | { atMost: number };
  /** Undefined where a contestant is missing. */
  spread: Spread | undefined;
}

/** Those with an aim. */
export const speedRatios = [
  { numerator: contestantNames.twoWorkers, denominator: contestantNames.ddp, atLeast: 6.5 },
  { numerator: contestantNames.oneWorker, denominator: contestantNames.oneThread, atLeast: 3.5 },
  { numerator: contestantNames.twoWorkers, denominator: contestantNames.oneWorker, atLeast: 1.85 },
  { numerator: contestantNames.fourWorkers, denominator: contestantNames.twoWorkers, atLeast: 0.9 },
  { numerator: contestantNames.observed, denominator: contestantNames.unobserved, atLeast: 0.98 },
];

/** Ratios without an aim: lockstep on as many cores as each of the peers that the aims leave out. */
export const furtherRatios: readonly { numerator: string; denominator: string }[] = [
  ...[
    contestantNames.ranks,
    contestantNames.twoThreads,
    contestantNames.newestDdp,
    contestantNames.newestTwoThreads,
    contestantNames.compiledTwoThreads,
    contestantNames.tensorflow,
    contestantNames.jax,
    contestantNames.onnxruntime,
    contestantNames.tfjsNode,
  ].map((denominator) => ({ numerator: contestantNames.twoWorkers, denominator })),
  ...[contestantNames.ddp, contestantNames.twoWorkers].map((denominator) => ({
    numerator: contestantNames.wideVectors,
    denominator,
  })),
  ...[contestantNames.newestOneThread, contestantNames.compiledOneThread, contestantNames.tfjsCpu].map(
    (denominator) => ({ numerator: contestantNames.oneWorker, denominator }),
  ),
];

/** Apart from the runs; empty where the run that it is held against did not take part. */
export interface MeasuredAlone {
  /** CPU seconds of each save of a checkpoint. */
  checkpointSaves: readonly number[];
  /** Of the gradient kernels' time, that of their forward pass: 0 to 1. */
  forwardShares: readonly number[];
}

/**
 * What the runs gave: the ratios of each round, those with an aim first, and the costs of a run with two workers.
 * @param alone what was measured apart from the runs
 */
export function compare(
  runs: ReadonlyMap<string, readonly RunFigures[]>,
  { checkpointSaves, forwardShares }: MeasuredAlone,
): Comparison[] {
  const ratios = speedRatios.map(
    ({ atLeast, ...pair }): Comparison => ({ ...ratioOf(runs, pair), aim: { atLeast } }),
  );
  const further = furtherRatios
    .map((pair) => ratioOf(runs, pair))
    .filter(({ spread }) => spread !== undefined);
  const twoWorkers = runs.get(contestantNames.twoWorkers);
  const cost = (name: string, unit: string, atMost: number, figure: (figures: RunFigures) => number) => ({
    name: `${name}, 2 workers`,
    unit,
    aim: { atMost },
    spread: twoWorkers && summarize(twoWorkers.map(figure)),
  });
  return [
    ...ratios,
    ...further,
    watchingCost(runs),
    cost('not gradient kernels', '% of a step', 8, (run) => 100 * (run.nonGradientShare ?? Number.NaN)),
    cost('command to first step', 's', 1.5, (run) => run.startupSeconds),
    cost('peak memory', 'MB', 350, (run) => run.peakMemoryBytes / 1e6),
    {
      name: 'CPU time of a checkpoint each epoch, 2 workers',
      unit: '% of the epoch',
      aim: { atMost: 1 },
      spread:
        twoWorkers && summarize(checkpointSaves.map((seconds) => (100 * seconds) / epochSeconds(twoWorkers))),
    },
    validationCost(runs.get(contestantNames.oneWorker), forwardShares),
  ];
}

/**
 * What a validation costs in a run, by what its kernels cost alone: in both, of the time that the gradient kernels take for a sample.
 * With one worker, which waits for nobody. Five percent are for what a run does around its kernels.
 */
function validationCost(
  runs: readonly RunFigures[] | undefined,
  forwardShares: readonly number[],
): Comparison {
  const name = 'validation of a sample / its forward pass in training, 1 worker';
  const costs = runs?.map(({ evaluationCost = Number.NaN }) => evaluationCost);
  const isKnown = costs !== undefined && forwardShares.length > 0;
  const forward = isKnown ? summarize(forwardShares).median : Number.NaN;
  return {
    name,
    unit: '×',
    aim: { atMost: 1.05 },
    spread: isKnown ? summarize(costs.map((cost) => cost / forward)) : undefined,
  };
}

/**
 * What a machine whose cores all compute loses to the threads that serve and write what is watched: the share of all threads but
 * the workers in a run's CPU time, with everything less that with nothing. What else the machine does disturbs it far less than the
 * ratio of the speeds.
 */
function watchingCost(runs: ReadonlyMap<string, readonly RunFigures[]>): Comparison {
  const [observed = [], unobserved = []] = [contestantNames.observed, contestantNames.unobserved].map(
    (name) => runs.get(name)?.map(({ otherThreadsShare }) => otherThreadsShare ?? Number.NaN),
  );
  const differences = observed.map((share, round) => 100 * (share - (unobserved[round] ?? Number.NaN)));
  const known = differences.filter((difference) => !Number.isNaN(difference));
  return {
    name: watchingCostName,
    unit: '% of the CPU time',
    aim: { atMost: 2 },
    spread: known.length === 0 ? undefined : summarize(known),
  };
}

/** Of the speeds, round by round. */
function ratioOf(
  runs: ReadonlyMap<string, readonly RunFigures[]>,
  { numerator, denominator }: { numerator: string; denominator: string },
): Comparison {
  const [above, below] = [numerator, denominator].map((name) =>
    runs.get(name)?.map(({ samplesPerSecond }) => samplesPerSecond),
  );
  return {
    name: `${numerator} / ${denominator}`,
    unit: '×',
    spread: above && below && summarize(pairedRatios(above, below)),
  };
}

/** Whether the median reaches the aim; undefined where there is none, or nothing was measured. */
export function reachesAim({ aim, spread }: Comparison): boolean | undefined {
  if (aim === undefined || spread === undefined) return undefined;
  return 'atLeast' in aim ? spread.median >= aim.atLeast : spread.median <= aim.atMost;
}

function epochSeconds(runs: readonly RunFigures[]): number {
  return trainingSamples / summarize(runs.map((run) => run.samplesPerSecond)).median;
}
