import type { Shard } from '../shared/batch-plan.ts';
import type { EngineOptions } from '../shared/engine-options.ts';
import type { KernelExports } from '../shared/kernel-exports.ts';
import { imageSize } from '../shared/model.ts';
import type { RunMemory } from '../shared/run-memory.ts';
import { configureKernels } from './wasm-engine.ts';

/**
 * Augments the images of a shard for an engine that has no kernels of ours.
 * @param worker 0-based: whose scratch to use
 * @returns uint8[count, 28, 28] of a shard of the training's order, valid until the next call; undefined where nothing is augmented
 */
export function createAugmentation(
  kernels: KernelExports,
  { buffer, layout }: RunMemory,
  worker: number,
  options: EngineOptions,
): ((shard: Shard, epoch: number) => Uint8Array) | undefined {
  const { flip, shift, rotation, erasing } = options.augmentation;
  if (!flip && shift === 0 && rotation === 0 && erasing === 0) return undefined;
  const { scratchBytesPerWorker } = layout.needs;
  const scratch = layout.scratch + worker * scratchBytesPerWorker;
  configureKernels(kernels, scratch, options);
  // Also writes what the kernels expect in a scratch: their constants, and a black image.
  kernels.prepareParameters(layout.parameters[0], scratch);
  return ({ first, count }, epoch) => {
    const order = layout.trainingOrder + first * 4;
    // The records of a micro-shard, larger than its images, lie at the end; they are for the gradients, which nobody computes here.
    const out = scratch + scratchBytesPerWorker - Math.ceil((count * imageSize) / 64) * 64;
    kernels.augment(layout.images, layout.labels, order, order, count, epoch, out, scratch);
    return new Uint8Array(buffer, out, count * imageSize);
  };
}
