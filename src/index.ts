/** Lockstep as a library: train from a configuration, or write your own loop over the data set and an engine. */
import { availableParallelism } from 'node:os';
import { readSettings } from './coordinator/config/config-sources.ts';
import { resolveConfig } from './coordinator/config/resolve-config.ts';
import { compileKernels } from './coordinator/kernels.ts';
import { train as trainConfig } from './coordinator/trainer.ts';
import type { TrainedRun, TrainingOptions } from './coordinator/training-options.ts';
import { type Config, configFields } from './shared/config.ts';
import { plainEngine } from './shared/engine-options.ts';
import { type ModelOptions, referenceModel } from './shared/model-options.ts';
import { createCpuEngine } from './worker/cpu-engine.ts';
import type { Engine } from './worker/engine.ts';

export { loadDataset } from './coordinator/dataset/load-dataset.ts';
export type { EpochRecord } from './coordinator/run/history.ts';
export type { RunTelemetry } from './coordinator/telemetry/run-telemetry.ts';
export type { StepFigures, WorkerFigures } from './coordinator/telemetry/step-figures.ts';
export type {
  EpochProgress,
  RunEnd,
  SavedCheckpoint,
  TrainedRun,
  TrainingListener,
} from './coordinator/training-options.ts';
export { readWeights, writeWeights } from './coordinator/weights-file.ts';
export type { Config } from './shared/config.ts';
export { ConfigError, DataError, LockstepError, RunError } from './shared/errors.ts';
export { initialParameters } from './shared/initial-parameters.ts';
export { classNames } from './shared/model.ts';
export type { ModelOptions } from './shared/model-options.ts';
export { parameterCount, parameterLayout, parameterTensors, viewParameter } from './shared/parameters.ts';
export type { Engine, Evaluation, LabelledBatch, LossAndGradients } from './worker/engine.ts';

/**
 * Trains into a new run folder, as `lockstep train` does, but prints nothing.
 * @param settings what differs from the defaults
 * @throws ConfigError, DataError or RunError; the signal's reason when it aborts before anything was written
 */
export async function train(
  settings: Partial<Config> = {},
  options: Pick<TrainingOptions, 'listener' | 'signal'> = {},
): Promise<TrainedRun> {
  const source = readSettings(settings, 'the settings', configFields);
  return trainConfig(resolveConfig([source], availableParallelism()), options);
}

/**
 * Makes an engine that computes loss and gradients in this thread.
 * @param options.maximumBatch most samples of one call (default 128; with batch normalization at most 16)
 * @param options.model default: the reference's, sigmoid and average pooling
 */
export async function createEngine(
  options: { maximumBatch?: number; model?: ModelOptions } = {},
): Promise<Engine> {
  const { maximumBatch = 128, model = referenceModel } = options;
  const { module, scratchBytes } = await compileKernels();
  return createCpuEngine(module, scratchBytes(maximumBatch), maximumBatch, { ...plainEngine, model });
}
