import type { EngineOptions } from '../../shared/engine-options.ts';
import type { DeviceMemory, Evaluation, LabelledBatch, LossAndGradients } from '../engine.ts';

/** A micro-shard on its way to a process. */
export interface HostedBatch extends Omit<LabelledBatch, 'parameters'> {
  /** float32[parameterLayout(model).length]; undefined: those of the call before. */
  parameters: Float32Array | undefined;
}

export interface HostedGradients extends LossAndGradients {
  /** Undefined where the device does not tell. */
  memory: DeviceMemory | undefined;
}

/** What a process that hosts an engine is called with, over Comlink; calls are begun in the order in which they were made. */
export interface EngineHost {
  /**
   * Makes the engine; before all other calls, and once.
   * @param maximumBatch most samples of one call
   * @returns what computes, as it is shown to people
   * @throws Error with what is missing for the device
   */
  open(device: string, maximumBatch: number, options: EngineOptions): Promise<string>;
  lossAndGradients(batch: HostedBatch): Promise<HostedGradients>;
  evaluate(batch: HostedBatch): Promise<Evaluation>;
}

/** The file descriptor of the pipe that the child of a process reads nothing from: it ends when the parent does. */
export const lifelineDescriptor = 4;
