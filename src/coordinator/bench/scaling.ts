import type { Combination } from './combinations.ts';
import { pairedRatios, type Spread, summarize } from './statistics.ts';
import type { TrainingFigures } from './training-run.ts';

/** What the processor can do at most, in SIMD128 multiplications and additions a second: see measure-peak.ts. */
export interface Peak {
  /** One thread alone. */
  core: number;
  /** As many threads as there are workers, together. */
  threads: number;
}

/** One run of a combination. */
export interface BenchRun extends TrainingFigures {
  /** Measured right before the run; undefined where a device is not the processor's own. */
  peak: Peak | undefined;
}

/** Operations for one sample of training. */
export interface SampleOperations {
  /** Of the direct algorithm, whatever is computed. */
  direct: number;
  /** What the kernels execute; undefined where a device has others. */
  executed: number | undefined;
}

/** Operations a second, and their share of the peak. */
interface Throughput {
  operationsPerSecond: Spread;
  /** 0 to 1; more is possible where operations are counted that are saved. */
  ofPeak: Spread | undefined;
}

/** A combination with its figures, a run for each round. */
export interface MeasuredCombination extends Combination {
  runs: readonly BenchRun[];
  samplesPerSecond: Spread;
  /**
   * Throughput of a worker, by that of a worker of the smallest combination of the same scaling on the same list, round by round.
   */
  efficiency: Spread;
  /**
   * The largest that was measured in any round: what else runs on the machine can only make it look smaller, and with it what is
   * measured against it better than it is.
   */
  peak: Peak | undefined;
  sampleOperations: SampleOperations;
  direct: Throughput;
  executed: Throughput | undefined;
  /** Memory that each worker beyond those of the smallest combination adds; undefined for that one. */
  bytesPerFurtherWorker: Spread | undefined;
}

/**
 * Adds to each combination how well it scales, and how close to the peak it comes.
 * @param combinations in the order in which they were run; the smallest one of a list of devices is its measure
 * @param operationsOf what a sample costs in each
 */
export function measureScaling(
  combinations: readonly Combination[],
  runs: ReadonlyMap<string, readonly BenchRun[]>,
  operationsOf: (combination: Combination) => SampleOperations,
): MeasuredCombination[] {
  const runsOf = ({ name }: Combination) => runs.get(name) ?? [];
  const perWorker = (combination: Combination) =>
    runsOf(combination).map(({ samplesPerSecond }) => samplesPerSecond / combination.workers);
  return combinations.map((combination) => {
    const smallest = combinations
      .filter(({ devices, scaling }) => devices === combination.devices && scaling === combination.scaling)
      .reduce((least, each) => (each.workers < least.workers ? each : least));
    const ofCombination = runsOf(combination);
    const rates = ofCombination.map(({ samplesPerSecond }) => samplesPerSecond);
    const sampleOperations = operationsOf(combination);
    const { direct, executed } = sampleOperations;
    const peak = ofCombination.some((run) => run.peak === undefined)
      ? undefined
      : largestPeak(
          combinations.map((each) => ({ ...each, runs: runsOf(each) })),
          combination.workers,
        );
    return {
      ...combination,
      runs: ofCombination,
      samplesPerSecond: summarize(rates),
      efficiency: summarize(pairedRatios(perWorker(combination), perWorker(smallest))),
      peak,
      sampleOperations,
      direct: measureThroughput(rates, direct, peak),
      executed: executed === undefined ? undefined : measureThroughput(rates, executed, peak),
      bytesPerFurtherWorker:
        combination.workers === smallest.workers
          ? undefined
          : bytesPerWorker(ofCombination, runsOf(smallest), combination.workers - smallest.workers),
    };
  });
}

/** More threads can do what fewer did: their peak is at least as high. */
function largestPeak(
  combinations: readonly { workers: number; runs: readonly BenchRun[] }[],
  threads: number,
): Peak {
  const peaks = combinations.flatMap(({ workers, runs }) =>
    runs.flatMap(({ peak }) => (peak === undefined ? [] : [{ workers, ...peak }])),
  );
  const core = Math.max(...peaks.map((peak) => peak.core));
  const upToThreads = peaks.filter(({ workers }) => workers <= threads).map((peak) => peak.threads);
  return { core, threads: Math.max(core, ...upToThreads) };
}

function measureThroughput(
  samplesPerSecond: readonly number[],
  operationsPerSample: number,
  peak: Peak | undefined,
): Throughput {
  const rates = samplesPerSecond.map((rate) => rate * operationsPerSample);
  return {
    operationsPerSecond: summarize(rates),
    ofPeak: peak && summarize(rates.map((rate) => rate / peak.threads)),
  };
}

function bytesPerWorker(runs: readonly BenchRun[], ofSmallest: readonly BenchRun[], workers: number): Spread {
  return summarize(
    runs.map(
      ({ peakMemoryBytes }, round) =>
        (peakMemoryBytes - (ofSmallest[round] as BenchRun).peakMemoryBytes) / workers,
    ),
  );
}
