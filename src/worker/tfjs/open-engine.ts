import { type EngineOptions, plainEngine } from '../../shared/engine-options.ts';
import { RunError } from '../../shared/errors.ts';
import { openTensorflowBackend } from './backends/tensorflow-backend.ts';
import { openWebgpuBackend } from './backends/webgpu-backend.ts';
import { TfjsEngine } from './tfjs-engine.ts';

/** What TensorFlow.js computes on: an NVIDIA GPU, TensorFlow on whatever it finds, or a GPU of any vendor. */
export type TfjsDevice = 'cuda' | 'tensorflow' | 'webgpu';

/**
 * Makes the engine of a device in this process, which can have one only. Which GPU `cuda` is, `CUDA_VISIBLE_DEVICES` has
 * said before the process began.
 * @param adapterName of `webgpu`: part of the adapter's name
 * @throws RunError with what is missing for the device, or what it cannot compute
 */
export async function openTfjsEngine(
  device: TfjsDevice,
  options: EngineOptions,
  adapterName?: string,
): Promise<TfjsEngine> {
  requireReference(options);
  switch (device) {
    case 'cuda':
      return new TfjsEngine(await openTensorflowBackend(true));
    case 'tensorflow':
      return new TfjsEngine(await openTensorflowBackend(false));
    case 'webgpu':
      return new TfjsEngine(await openWebgpuBackend(adapterName));
    default:
      return device satisfies never;
  }
}

/** Another model than the one asked for must not be trained without a word. */
function requireReference({ model, regularization, augmentation }: EngineOptions): void {
  const asked = Object.entries({ ...model, ...regularization, ...augmentation });
  const reference = new Map<string, unknown>(
    Object.entries({ ...plainEngine.model, ...plainEngine.regularization, ...plainEngine.augmentation }),
  );
  const others = asked.filter(([name, value]) => value !== reference.get(name));
  if (others.length === 0) return;
  throw new RunError(
    `GPUs compute the reference model alone, without ${others.map(([name, value]) => `${name} ${value}`).join(', ')}.`,
    'Use --device cpu.',
  );
}
