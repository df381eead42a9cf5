import type { BatchPlan } from '../shared/batch-plan.ts';
import type { Config } from '../shared/config.ts';
import { DataError } from '../shared/errors.ts';
import { initialParameters } from '../shared/initial-parameters.ts';
import { splitIndices } from '../shared/sampler.ts';
import { DataParallel } from './data-parallel.ts';
import type { DatasetOptions } from './dataset/dataset-options.ts';
import { type DatasetHashes, readDataset } from './dataset/load-dataset.ts';
import { locateDataset } from './dataset/locate-dataset.ts';
import { readWeights } from './weights-file.ts';

/** 80:20, as in the reference. */
export const validationFraction = 0.2;

export type DatasetListeners = Pick<DatasetOptions, 'onProgress' | 'onNotice'>;

/** Everything that the first step needs, in place. */
export interface TrainingSetup {
  session: DataParallel;
  plan: BatchPlan;
  /** Positions in the training file, ascending. */
  trainingSamples: Uint32Array;
  validationSamples: Uint32Array;
  datasetHashes: DatasetHashes<'train'>;
}

/**
 * Finds and reads the data, splits it, starts the workers and sets the initial parameters. On an error nothing is left
 * running, and nothing was written but the data set's cache.
 */
export async function setUpTraining(
  config: Config,
  listeners: DatasetListeners,
  workerFile?: URL,
): Promise<TrainingSetup> {
  const { seed, batchSize, microBatch, workers } = config;
  const initial =
    config.init === undefined ? initialParameters(seed) : (await readWeights(config.init)).parameters;
  const files = await locateDataset({ directory: config.data, splits: ['train'], ...listeners });
  const { count } = files.splits.train;
  const split = splitIndices(seed, count, validationFraction);
  const trainingSamples = split.train.subarray(0, config.limitTrain);
  const validationSamples = split.validation.subarray(0, config.limitVal);
  if (trainingSamples.length === 0 || validationSamples.length === 0) {
    throw new DataError(
      `${files.directory} holds ${count} training images, too few to split into training and validation.`,
      'At least 3 are needed.',
    );
  }
  const plan = { sampleCount: trainingSamples.length, batchSize, microBatch };
  const session = await DataParallel.start({
    workers,
    plan,
    evaluationSamples: validationSamples.length,
    images: count,
    pool: {
      workerTimeoutSeconds: config.workerTimeout,
      maxWorkerRestarts: config.maxWorkerRestarts,
      workerFile,
      onWorkerReplaced: (_, reason) => listeners.onNotice?.(`${reason}; a new one took its place.`),
    },
  });
  try {
    const { memory } = session;
    const [datasetHashes] = await Promise.all([readDataset(files, { train: memory }), session.ready()]);
    memory.evaluationOrder.set(validationSamples);
    session.parameters.set(initial);
    return { session, plan, trainingSamples, validationSamples, datasetHashes };
  } catch (error) {
    await session.stop();
    throw error;
  }
}
