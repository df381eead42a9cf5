import { beforeAll, describe, expect, test } from 'vitest';
import { activations, type ModelOptions, poolings } from '../../../src/shared/model-options.ts';
import { parameterLayout, viewParameter } from '../../../src/shared/parameters.ts';
import { keptFeatures } from '../../reference/dropout.ts';
import { readFashionImages } from '../../reference/fashion-images.ts';
import { randomParameters } from '../../reference/random-values.ts';
import { lossAndGradients } from '../../reference/reference-engine.ts';
import { relativeError } from '../../reference/relative-error.ts';
import { compileKernels, type KernelChoices, LoadedModel } from './kernel-harness.ts';

const { images, labels } = readFashionImages();
const samples = (count: number) => Array.from({ length: count }, (_, index) => index);
const firstImages = (count: number) => ({
  images: images.subarray(0, 784 * count),
  labels: labels.subarray(0, count),
});

const variants = activations.flatMap((activation) =>
  poolings.flatMap((pooling) => [false, true].map((batchNorm) => ({ activation, pooling, batchNorm }))),
);

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileKernels();
});

/** Largest relative L2 error over the tensors, whose gradients are not zero by nature. */
function tensorErrors(actual: Float32Array, expected: Float64Array, model: ModelOptions) {
  return parameterLayout(model)
    .tensors.filter(({ name }) => !(model.batchNorm && /^conv.*bias$/.test(name)))
    .map((tensor) => ({
      name: tensor.name,
      error: relativeError(
        viewParameter(actual, tensor),
        expected.subarray(tensor.offset, tensor.offset + tensor.length),
      ),
    }));
}

describe.each(variants)('kernels of $activation, $pooling pooling, batchNorm $batchNorm', (model) => {
  const parameters = randomParameters(11, 2, model);

  test.each([1, 5, 16])('agree with the float64 reference on %i samples', (count) => {
    const actual = new LoadedModel(module, { parameters, images, labels }, 16, { model }).lossAndGradients(
      samples(count),
    );
    const expected = lossAndGradients({ parameters, ...firstImages(count), model });
    const errors = tensorErrors(actual.gradientSums, expected.gradientSums, model);
    expect(errors.filter(({ error }) => !(error < 2e-5))).toEqual([]);
    expect(Math.abs(actual.lossSum / expected.lossSum - 1)).toBeLessThan(2e-6);
    expect(actual.correct).toBe(expected.correct);
  });

  test('evaluate agrees with the reference, with the running statistics where there are any', () => {
    const actual = new LoadedModel(module, { parameters, images, labels }, 64, { model }).evaluate(
      samples(40),
    );
    const expected = lossAndGradients({ parameters, ...firstImages(40), model, evaluation: true });
    expect(Math.abs(actual.lossSum / expected.lossSum - 1)).toBeLessThan(2e-6);
    expect(actual.predictions).toEqual(expected.predictions);
  });

  test('agree with dropout and label smoothing, drawn for seed, epoch and sample', () => {
    const regularization = { dropout: 0.3, labelSmoothing: 0.1 };
    const choices: KernelChoices = { model, regularization, seed: 2 ** 40 + 5, epoch: 7 };
    const indices = [3, 60, 17, 3];
    const actual = new LoadedModel(module, { parameters, images, labels }, 16, choices).lossAndGradients(
      indices,
    );
    const expected = lossAndGradients({
      parameters,
      images: Uint8Array.from(
        indices.flatMap((index) => [...images.subarray(784 * index, 784 * (index + 1))]),
      ),
      labels: Uint8Array.from(indices, (index) => labels[index] as number),
      model,
      labelSmoothing: 0.1,
      kept: keptFeatures(0.3, 2 ** 40 + 5, 7, indices),
    });
    const errors = tensorErrors(actual.gradientSums, expected.gradientSums, model);
    expect(errors.filter(({ error }) => !(error < 2e-5))).toEqual([]);
    expect(Math.abs(actual.lossSum / expected.lossSum - 1)).toBeLessThan(2e-6);
  });
});
