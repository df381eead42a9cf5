import { beforeAll, describe, expect, test } from 'vitest';
import { augmentImages } from '../../../src/coordinator/preview/augmented-images.ts';
import { readFashionImages } from '../../reference/fashion-images.ts';
import { randomParameters } from '../../reference/random-values.ts';
import { compileKernels, LoadedModel } from '../../worker/kernels/kernel-harness.ts';

const { images, labels } = readFashionImages();
const parameters = randomParameters(1);
const augmentation = { flip: true, shift: 3, rotation: 15, erasing: 0.5 };
const seed = 2 ** 32 + 5;
/** More than the kernels take at a time, in no order. */
const samples = Uint32Array.from({ length: 33 }, (_, index) => (index * 29) % 64);
const imageOf = (all: Uint8Array, index: number) => all.subarray(784 * index, 784 * (index + 1));
const originals = Uint8Array.from([...samples].flatMap((sample) => [...imageOf(images, sample)]));

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileKernels();
});

describe('augmentImages', () => {
  test('gives of each epoch the images that the training computes with', async () => {
    const [third, fourth] = await augmentImages({ seed, augmentation }, originals, samples, [3, 4]);
    for (const [epoch, seen] of [
      [3, third],
      [4, fourth],
    ] as const) {
      const training = new LoadedModel(module, { parameters, images, labels }, 33, {
        augmentation,
        seed,
        epoch,
      });
      const { lossSum, gradientSums } = training.lossAndGradients([...samples]);
      const sample = {
        parameters,
        images: seen as Uint8Array,
        labels: Uint8Array.from(samples, (at) => labels[at] as number),
      };
      const plain = new LoadedModel(module, sample, 33).lossAndGradients([...samples.keys()]);
      expect(plain.lossSum).toBe(lossSum);
      expect(Buffer.compare(Buffer.from(plain.gradientSums.buffer), Buffer.from(gradientSums.buffer))).toBe(
        0,
      );
    }
    expect(third).not.toEqual(fourth);
  });

  test('leaves images as they are where nothing is augmented', async () => {
    const nothing = { flip: false, shift: 0, rotation: 0, erasing: 0 };
    expect(await augmentImages({ seed, augmentation: nothing }, originals, samples, [1])).toEqual([
      originals,
    ]);
  });
});
