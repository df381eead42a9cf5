/** Lockstep as a library: train from a configuration, or write your own loop over the data set and an engine. */
import { readSettings } from './coordinator/config/config-sources.ts';
import { resolveForDevices } from './coordinator/devices/resolve-devices.ts';
import { compileKernels } from './coordinator/kernels.ts';
import { train as trainConfig } from './coordinator/trainer.ts';
import type { TrainedRun, TrainingOptions } from './coordinator/training-options.ts';
import { type Config, configFields } from './shared/config.ts';
import { isInThread } from './shared/device.ts';
import { plainEngine } from './shared/engine-options.ts';
import { type ModelOptions, referenceModel } from './shared/model-options.ts';
import { createCpuEngine } from './worker/cpu-engine.ts';
import type { Engine } from './worker/engine.ts';
import { ProcessEngine } from './worker/process/process-engine.ts';

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
  const { config, devices } = await resolveForDevices([source], options.listener?.onNotice);
  return trainConfig(config, { ...options, devices });
}

/**
 * Makes an engine that computes loss and gradients: the `cpu` device's in this thread, any other's in a child process, which lives
 * until the engine is disposed.
 * @param options.device what `--device` takes; the first one named (default `cpu`)
 * @param options.maximumBatch most samples of one call (default 128; with batch normalization at most 16)
 * @param options.model default: the reference's, sigmoid and average pooling
 * @param options.timeoutSeconds after which a child process that does not answer is killed, and the call fails (default 60)
 * @throws ConfigError for a device that cannot be had
 */
export async function createEngine(
  options: { device?: string; maximumBatch?: number; model?: ModelOptions; timeoutSeconds?: number } = {},
): Promise<Engine> {
  const { maximumBatch = 128, model = referenceModel, timeoutSeconds = 60 } = options;
  const source = readSettings({ device: options.device }, 'the options', configFields);
  const { devices } = await resolveForDevices([source]);
  const device = devices[0] as string;
  const engineOptions = { ...plainEngine, model };
  if (isInThread(device)) {
    const { module, scratchBytes } = await compileKernels();
    return createCpuEngine(module, scratchBytes(maximumBatch), maximumBatch, engineOptions);
  }
  const timeoutMilliseconds = timeoutSeconds * 1000;
  return ProcessEngine.start({ device, maximumBatch, options: engineOptions, timeoutMilliseconds });
}
