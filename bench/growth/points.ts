import { trainingSamples } from '../../src/coordinator/dataset/reference-split.ts';

/** What a run of the growth benchmark is told. */
export interface GrowthSettings {
  /** Training samples of an epoch. */
  samples: number;
  /** Of one optimizer step, over all workers. */
  batchSize: number;
  workers: number;
  /** Samples that a worker computes at a time. */
  microBatch: number;
}

export type Dimension = keyof GrowthSettings;

/** One dimension, varied while the others stay as in the reference. */
interface GrowthSeries {
  dimension: Dimension;
  values: readonly number[];
}

/** What a benchmark of growth runs. */
export interface GrowthPlan {
  reference: GrowthSettings;
  series: readonly GrowthSeries[];
  /** Samples that each run trains on in all, at least, so that short epochs are measured over many of them. */
  samplesOfRun: number;
  /** However short they are: a run should also end. */
  mostEpochs: number;
}

const batchSizes = [32, 64, 128, 256, 512, 1024, 2048, 4096];
const workers = [1, 2, 4, 8, 16];
const microBatches = [16, 32, 64, 128];

export const fullPlan: GrowthPlan = {
  reference: { samples: trainingSamples, batchSize: 128, workers: 2, microBatch: 16 },
  series: [
    { dimension: 'samples', values: [1000, 3000, 10_000, 30_000, trainingSamples] },
    { dimension: 'batchSize', values: batchSizes },
    { dimension: 'workers', values: workers },
    { dimension: 'microBatch', values: microBatches },
  ],
  samplesOfRun: 4 * trainingSamples,
  mostEpochs: 40,
};

/** To see that everything runs: too short for figures that are worth quoting. */
export const quickPlan: GrowthPlan = {
  reference: { ...fullPlan.reference, samples: 10_000 },
  series: [
    { dimension: 'samples', values: [1000, 3000, 10_000] },
    { dimension: 'batchSize', values: [32, 128, 1024, 4096] },
    { dimension: 'workers', values: workers },
    { dimension: 'microBatch', values: microBatches },
  ],
  samplesOfRun: 20_000,
  mostEpochs: 8,
};

/** The settings of one value of a series. */
export function settingsOf(plan: GrowthPlan, dimension: Dimension, value: number): GrowthSettings {
  return { ...plan.reference, [dimension]: value };
}

/** All that is to be run, each once, although every series holds the reference. */
export function listSettings(plan: GrowthPlan): GrowthSettings[] {
  const all = plan.series.flatMap(({ dimension, values }) =>
    values.map((value) => settingsOf(plan, dimension, value)),
  );
  return [...new Map(all.map((settings) => [nameOf(settings), settings])).values()];
}

/** Two settings of one name are one thing to run. */
export function nameOf({ samples, batchSize, workers, microBatch }: GrowthSettings): string {
  const ofWorkers = workers === 1 ? '1 worker' : `${workers} workers`;
  return `${samples} samples, batch ${batchSize}, ${ofWorkers}, micro-batch ${microBatch}`;
}

/** At least 2: the first epoch warms up, and is not counted. */
export function epochsOf({ samplesOfRun, mostEpochs }: GrowthPlan, { samples }: GrowthSettings): number {
  return Math.max(2, Math.min(mostEpochs, Math.ceil(samplesOfRun / samples)));
}
