import { type EngineOptions, randomnessArguments } from '../../shared/engine-options.ts';
import type { KernelExports } from '../../shared/kernel-exports.ts';
import { imageSize } from '../../shared/model.ts';
import { parameterLayout } from '../../shared/parameters.ts';
import { compileKernels } from '../kernels.ts';

/** What the workers' kernels have for it. */
type AugmentationKernels = Pick<
  KernelExports,
  'configureModel' | 'configureRandomness' | 'prepareParameters' | 'augment'
>;

const pageBytes = 65_536;

/**
 * What an epoch's training sees in place of images, from the kernels that train.
 * @param images uint8[n, 28, 28]
 * @param samples of each of them its position in the training file: what is drawn at random depends on it
 * @param epochs 1-based
 * @returns for each epoch uint8[n, 28, 28]
 */
export async function augmentImages(
  options: Pick<EngineOptions, 'seed' | 'augmentation'>,
  images: Uint8Array,
  samples: Uint32Array,
  epochs: readonly number[],
): Promise<Uint8Array[]> {
  const count = samples.length;
  const { module, scratchBytes } = await compileKernels();
  const place = layOut();
  const labels = place(count);
  const indices = place(4 * count);
  const names = place(4 * count);
  const parameters = place(4 * parameterLayout({ batchNorm: false }).length);
  const source = place(count * imageSize);
  const out = place(count * imageSize);
  const scratch = place(scratchBytes(count));
  const pages = Math.ceil(place(0) / pageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const kernels = exports as unknown as AugmentationKernels;

  new Uint8Array(memory.buffer, source, images.length).set(images);
  new Uint32Array(memory.buffer, indices, count).set([...samples.keys()]);
  new Uint32Array(memory.buffer, names, count).set(samples);
  kernels.configureModel(scratch, 0, 0, 0, 0, 0);
  kernels.configureRandomness(scratch, ...randomnessArguments(options));
  kernels.prepareParameters(parameters, scratch);
  return epochs.map((epoch) => {
    kernels.augment(source, labels, indices, names, count, epoch, out, scratch);
    return new Uint8Array(memory.buffer, out, count * imageSize).slice();
  });
}

/** Gives out addresses, as the kernels want them; the lowest is theirs. */
function layOut(): (bytes: number) => number {
  let end = pageBytes;
  return (bytes) => {
    const address = end;
    end = Math.ceil((end + bytes) / 64) * 64;
    return address;
  };
}
