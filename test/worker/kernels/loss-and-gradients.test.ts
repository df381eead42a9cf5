import { beforeAll, describe, expect, test } from 'vitest';
import { parameterTensors, viewParameter } from '../../../src/shared/parameters.ts';
import { readFashionImages } from '../../reference/fashion-images.ts';
import { randomParameters } from '../../reference/random-values.ts';
import { lossAndGradients } from '../../reference/reference-engine.ts';
import { relativeError } from '../../reference/relative-error.ts';
import { compileKernels, LoadedModel } from './kernel-harness.ts';

const counts = [1, 7, 16, 17, 64];
const { images, labels } = readFashionImages();
const firstSamples = (count: number) => Array.from({ length: count }, (_, index) => index);

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileKernels();
});

describe.each([
  { name: 'initial parameters', parameters: randomParameters(1) },
  { name: 'parameters three times as large', parameters: randomParameters(2, 3) },
])('lossAndGradients, $name', ({ parameters }) => {
  test.each(counts)('agrees with the float64 reference on %i samples', (count) => {
    const actual = new LoadedModel(module, { parameters, images, labels }, 64).lossAndGradients(
      firstSamples(count),
    );
    const expected = lossAndGradients({
      parameters,
      images: images.subarray(0, 784 * count),
      labels: labels.subarray(0, count),
    });
    const errors = parameterTensors.map((tensor) => ({
      name: tensor.name,
      error: relativeError(
        viewParameter(actual.gradientSums, tensor),
        expected.gradientSums.subarray(tensor.offset, tensor.offset + tensor.length),
      ),
    }));
    expect(errors.filter(({ error }) => !(error < 5e-6))).toEqual([]);
    expect(Math.abs(actual.lossSum / expected.lossSum - 1)).toBeLessThan(1e-6);
    expect(actual.correct).toBe(expected.correct);
  });
});
