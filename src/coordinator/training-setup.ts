import { type BatchPlan, stepsPerEpoch } from '../shared/batch-plan.ts';
import { type Config, configFields, executionKeys } from '../shared/config.ts';
import { isInThread } from '../shared/device.ts';
import { engineOptions } from '../shared/engine-options.ts';
import { ConfigError, DataError } from '../shared/errors.ts';
import { initialParameters, initialSchemes } from '../shared/initial-parameters.ts';
import { describeNonFinite, parameterLayout } from '../shared/parameters.ts';
import { splitIndices } from '../shared/sampler.ts';
import type { Checkpoint, TrainingCursor } from './checkpoint/checkpoint.ts';
import { agreeOn } from './collective/agreement.ts';
import { alone, type Collective } from './collective/collective.ts';
import { DataParallel } from './data-parallel.ts';
import type { DatasetOptions } from './dataset/dataset-options.ts';
import { type DatasetHashes, readDataset } from './dataset/load-dataset.ts';
import { locateDataset } from './dataset/locate-dataset.ts';
import { findDevices } from './devices/find-devices.ts';
import { hashKernels } from './kernels.ts';
import { lockstepVersion } from './version.ts';
import { readWeights } from './weights-file.ts';
import { hashWeights } from './weights-hash.ts';
import { widenVectors } from './wide-vectors.ts';
import { describeReplacement } from './workers/worker-pool.ts';

/** 80:20, as in the reference. */
export const validationFraction = 0.2;

export type DatasetListeners = Pick<DatasetOptions, 'onProgress' | 'onNotice'>;

export interface SetupListeners extends DatasetListeners {
  /**
   * Told of each worker that was lost and replaced.
   * @param worker 0-based
   * @param reason a clause such as "worker 1 ended: …"
   */
  onWorkerReplaced?(worker: number, reason: string): void;
}

/** Everything that the first step needs, in place. */
export interface TrainingSetup {
  session: DataParallel;
  plan: BatchPlan;
  /** Positions in the training file, ascending. */
  trainingSamples: Uint32Array;
  validationSamples: Uint32Array;
  datasetHashes: DatasetHashes<'train'>;
  kernelsSha256: string;
  /** float32[parameterLayout(config).length]: what the run begins or goes on with. */
  initialParameters: Float32Array;
}

/**
 * Finds and reads the data, splits it, starts the workers and sets the initial parameters. On an error nothing is left
 * running, and nothing was written but the data set's cache.
 */
export async function setUpTraining(
  config: Config,
  options: {
    listener?: SetupListeners;
    resume?: { checkpoint: Checkpoint | undefined } | undefined;
    signal?: AbortSignal | undefined;
    workerFile?: URL | undefined;
    traceCapacity?: number | undefined;
    devices?: readonly string[] | undefined;
    verbose?: boolean | undefined;
    collective?: Collective | undefined;
  },
): Promise<TrainingSetup> {
  const { seed, workers } = config;
  const { listener = {}, signal, workerFile, traceCapacity, verbose, collective = alone } = options;
  const checkpoint = options.resume?.checkpoint;
  const initial = checkpoint?.parameters ?? (await readInitialParameters(config));
  const kernelsSha256 = await hashKernels();
  await agreeOnRun(collective, config, initial, kernelsSha256);
  const files = await locateDataset({ directory: config.data, splits: ['train'], signal, ...listener });
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
  const plan = planBatches(config, trainingSamples.length);
  const devices = options.devices ?? (await findDevices(config.device, listener.onNotice));
  if (config.wideVectors && devices.some(isInThread)) widenVectors(listener.onNotice);
  const session = await DataParallel.start({
    workers,
    options: engineOptions(config),
    clipNorm: config.clipNorm,
    averages: config.emaDecay !== undefined,
    plan,
    evaluationSamples: validationSamples.length,
    images: count,
    traceCapacity,
    devices,
    verbose,
    collective,
    pool: {
      // A worker that hangs must be found, after one and a half of that, before other ranks give this one up.
      workerTimeoutSeconds: Math.min(config.workerTimeout, collective.timeoutSeconds / 2),
      maxWorkerRestarts: config.maxWorkerRestarts,
      workerFile,
      onWorkerReplaced: (worker, reason) => {
        listener.onNotice?.(describeReplacement(reason));
        listener.onWorkerReplaced?.(worker, reason);
      },
    },
  });
  try {
    const { memory } = session;
    const [datasetHashes] = await Promise.all([readDataset(files, { train: memory }), session.ready()]);
    await agreeOn(
      collective,
      { ...datasetHashes.train },
      'Name the same data set on all machines with --data.',
    );
    memory.evaluationOrder.set(validationSamples);
    if (checkpoint !== undefined) {
      refuseOtherData(checkpoint.datasetHashes, datasetHashes, files.directory);
      refuseOtherSteps(checkpoint.cursor, stepsPerEpoch(plan));
    }
    return {
      session,
      plan,
      trainingSamples,
      validationSamples,
      datasetHashes,
      kernelsSha256,
      initialParameters: initial,
    };
  } catch (error) {
    await session.stop();
    throw error;
  }
}

/** All that the result depends on must be the same on all ranks: what the parameters are at the beginning, and the kernels, too. */
async function agreeOnRun(
  collective: Collective,
  config: Config,
  initialParameters: Float32Array,
  kernelsSha256: string,
): Promise<void> {
  const settings = configFields.flatMap(({ key }) => (executionKeys.has(key) ? [] : [[key, config[key]]]));
  const values = {
    ...Object.fromEntries(settings),
    version: lockstepVersion,
    kernels: kernelsSha256,
    initialParameters: hashWeights(initialParameters),
  };
  await agreeOn(collective, values, 'Give the same flags, environment and version of lockstep to all ranks.');
}

/** Batches whose gradients make one step are one batch, whose gradients go into as many slots as one of them has micro-shards, or fewer. */
export function planBatches({ batchSize, microBatch, accumulate }: Config, sampleCount: number): BatchPlan {
  const plan = { sampleCount, batchSize: batchSize * accumulate, microBatch };
  return accumulate === 1 ? plan : { ...plan, shardsPerTask: 2 ** (32 - Math.clz32(accumulate - 1)) };
}

async function readInitialParameters(config: Config): Promise<Float32Array> {
  const { init, seed } = config;
  const scheme = initialSchemes.find((each) => each === init);
  if (scheme !== undefined) return initialParameters(seed, scheme, config);
  const { parameters, layout } = await readWeights(init);
  if (layout.length !== parameterLayout(config).length) {
    throw new ConfigError(
      [`${init} holds weights ${config.batchNorm ? 'without' : 'with'} batch normalization.`],
      `Name others with --init, or ${config.batchNorm ? 'leave out' : 'add'} --batch-norm.`,
    );
  }
  const problem = describeNonFinite(parameters, layout);
  if (problem === undefined) return parameters;
  // Some would stop the first step, but others, such as an infinite bias before a sigmoid, would never be noticed.
  throw new DataError(`${init}: ${problem}, expected a finite number.`, 'Name other weights with --init.');
}

function refuseOtherData(
  before: DatasetHashes<'train'>,
  now: DatasetHashes<'train'>,
  directory: string,
): void {
  const parts = ['imagesSha256', 'labelsSha256'] as const;
  const differences = parts
    .filter((part) => before.train[part] !== now.train[part])
    .map((part) => `${part}: the run has ${before.train[part]}, ${directory} has ${now.train[part]}.`);
  if (differences.length > 0) throw new ConfigError(differences, 'Name the data set of the run with --data.');
}

/** A checkpoint cannot tell by itself how many steps an epoch of its data set has. */
function refuseOtherSteps({ epoch, step, globalStep }: TrainingCursor, steps: number): void {
  if (step <= steps && globalStep === (epoch - 1) * steps + step) return;
  throw new DataError(
    `the checkpoint stands at step ${step} of epoch ${epoch} after ${globalStep} steps, but an epoch of this run has ${steps} steps.`,
    'Restore another checkpoint from a backup, or start a new run.',
  );
}
