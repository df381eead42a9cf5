import type { EngineOptions } from '../../shared/engine-options.ts';
import { openTensorflowBackend } from './backends/tensorflow-backend.ts';
import { openWebgpuBackend } from './backends/webgpu-backend.ts';
import { TfjsEngine } from './tfjs-engine.ts';

/** What TensorFlow.js computes on: an NVIDIA GPU, TensorFlow on whatever it finds, or a GPU of any vendor. */
export type TfjsDevice = 'cuda' | 'tensorflow' | 'webgpu';

/**
 * Makes the engine of a device in this process, which can have one only. Which GPU `cuda` is, `CUDA_VISIBLE_DEVICES` has
 * said before the process began.
 * @param adapterName of `webgpu`: part of the adapter's name
 * @throws RunError with what is missing for the device
 */
export async function openTfjsEngine(
  device: TfjsDevice,
  options: EngineOptions,
  adapterName?: string,
): Promise<TfjsEngine> {
  switch (device) {
    case 'cuda':
      return new TfjsEngine(await openTensorflowBackend(true), options);
    case 'tensorflow':
      return new TfjsEngine(await openTensorflowBackend(false), options);
    case 'webgpu':
      return new TfjsEngine(await openWebgpuBackend(adapterName), options);
    default:
      return device satisfies never;
  }
}
