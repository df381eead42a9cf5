import { writeAdamSchedule } from '../shared/adam.ts';
import { stepsPerEpoch } from '../shared/batch-plan.ts';
import type { Config } from '../shared/config.ts';
import { RunError } from '../shared/errors.ts';
import { epochOrder } from '../shared/sampler.ts';
import type { Scores } from './data-parallel.ts';
import type { EpochRecord } from './run/history.ts';
import { checkRunDirectory, createRunDirectory } from './run/run-directory.ts';
import { RunRecorder } from './run/run-recorder.ts';
import { type RunResult, summarizeRun } from './run/run-result.ts';
import { type DatasetListeners, setUpTraining, type TrainingSetup } from './training-setup.ts';
import { hashWeights } from './weights-hash.ts';

/** What a running epoch can be asked at any time. */
export interface EpochProgress {
  /** 1-based. */
  epoch: number;
  samples: number;
  samplesDone(): number;
  /** Mean loss over the samples of the epoch so far. */
  loss(): number;
}

/** Told of a run as it goes; must return at once. */
export interface TrainingListener extends DatasetListeners {
  onStart?(run: { directory: string; setup: TrainingSetup }): void;
  onEpochStart?(progress: EpochProgress): void;
  /** After the epoch's training, before its validation. */
  onEpochTrained?(): void;
  onEpochEnd?(row: EpochRecord): void;
}

/** A finished run. */
export interface TrainedRun {
  directory: string;
  history: readonly EpochRecord[];
  result: RunResult;
}

/**
 * Trains LeNet-5 as configured, into a new run folder.
 * @param workerFile another module to run on the threads: for tests
 * @throws ConfigError, DataError or RunError
 */
export async function train(
  config: Config,
  listener: TrainingListener = {},
  workerFile?: URL,
): Promise<TrainedRun> {
  const began = new Date();
  await checkRunDirectory(config);
  const setup = await setUpTraining(config, listener, workerFile);
  const { session } = setup;
  try {
    const directory = await createRunDirectory(config, began);
    const recorder = new RunRecorder(directory, config);
    listener.onStart?.({ directory, setup });
    const startupSeconds = performance.now() / 1000;

    for (let epoch = 1; epoch <= config.epochs; epoch++) {
      const epochBegan = performance.now();
      const training = await trainEpoch(config, setup, epoch, listener);
      const trainingSeconds = (performance.now() - epochBegan) / 1000;
      listener.onEpochTrained?.();
      const validation = await session.evaluate();
      const row: EpochRecord = {
        epoch,
        trainLoss: training.loss,
        validationLoss: validation.loss,
        trainAccuracy: training.accuracy,
        validationAccuracy: validation.accuracy,
        seconds: (performance.now() - epochBegan) / 1000,
        samplesPerSecond: setup.plan.sampleCount / trainingSeconds,
        weightsSha256: hashWeights(session.parameters),
      };
      await recorder.recordEpoch(row, session.parameters);
      listener.onEpochEnd?.(row);
    }

    const result = summarizeRun({ config, setup, history: recorder.history, startupSeconds });
    await recorder.finish(result);
    return { directory, history: recorder.history, result };
  } finally {
    await session.stop();
  }
}

async function trainEpoch(
  config: Config,
  setup: TrainingSetup,
  epoch: number,
  listener: TrainingListener,
): Promise<Scores> {
  const { session, plan } = setup;
  const { memory } = session;
  const steps = stepsPerEpoch(plan);
  epochOrder(config.seed, epoch, setup.trainingSamples, memory.trainingOrder);
  const learningRates = new Array<number>(steps).fill(config.learningRate);
  writeAdamSchedule(session.globalStep, learningRates, memory.optimizerSchedule);
  listener.onEpochStart?.({
    epoch,
    samples: plan.sampleCount,
    samplesDone: () => session.epochSamples,
    loss: () => session.trainingScores().loss,
  });
  try {
    await session.trainSteps(0, steps);
  } catch (cause) {
    if (!(cause instanceof RunError)) throw cause;
    throw new RunError(`epoch ${epoch}: ${cause.message}`, cause.nextStep, cause);
  }
  return session.trainingScores();
}
