import { createHash } from 'node:crypto';
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

/** Stands for the bits of a result: a difference of two arrays of this length would take minutes to print. */
function digest({ gradientSums, ...rest }: { lossSum: number; correct: number; gradientSums: Float32Array }) {
  return { ...rest, gradientSums: createHash('sha256').update(gradientSums).digest('hex') };
}

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

describe('lossAndGradients', () => {
  const sample = { parameters: randomParameters(1, 3), images, labels };

  test('takes the samples that the indices name, in any order and more than once', () => {
    const indices = [40, 3, 3, 63, 0];
    const actual = new LoadedModel(module, sample, 16).lossAndGradients(indices);
    const expected = lossAndGradients({
      parameters: sample.parameters,
      images: Uint8Array.from(
        indices.flatMap((index) => [...images.subarray(784 * index, 784 * (index + 1))]),
      ),
      labels: Uint8Array.from(indices, (index) => labels[index] as number),
    });
    expect(relativeError(actual.gradientSums, expected.gradientSums)).toBeLessThan(1e-6);
    expect(actual.lossSum).toBeCloseTo(expected.lossSum, 5);
  });

  test.each([1, 7, 17])('gives %i samples the same bits, whatever the scratch held', (count) => {
    const fresh = new LoadedModel(module, sample, 64);
    const expected = digest(fresh.lossAndGradients(firstSamples(count)));

    const used = new LoadedModel(module, sample, 64);
    used.lossAndGradients(firstSamples(64).reverse());
    expect(digest(used.lossAndGradients(firstSamples(count)))).toEqual(expected);

    const filledWithNaN = new LoadedModel(module, sample, 64);
    const { harness, scratch } = filledWithNaN;
    harness.bytes(scratch, harness.kernels.scratchBytes(64)).fill(0xff);
    expect(digest(filledWithNaN.lossAndGradients(firstSamples(count)))).toEqual(expected);
  });

  test('gives the same bits on a second call, and with another scratch', () => {
    const model = new LoadedModel(module, sample, 16);
    const expected = digest(model.lossAndGradients(firstSamples(16)));
    expect(digest(model.lossAndGradients(firstSamples(16)))).toEqual(expected);
    const otherScratch = model.harness.allocate(model.harness.kernels.scratchBytes(16));
    expect(digest(model.lossAndGradients(firstSamples(16), otherScratch))).toEqual(expected);
  });

  test('keeps within its scratch and its outputs', () => {
    const model = new LoadedModel(module, sample, 17);
    const guard = model.harness.allocate(4096);
    model.harness.bytes(guard, 4096).fill(7);
    model.lossAndGradients(firstSamples(17));
    expect(model.harness.bytes(guard, 4096).every((byte) => byte === 7)).toBe(true);
  });

  test.each(parameterTensors)('a NaN in $name shows in the loss and the gradients', ({ offset }) => {
    const parameters = sample.parameters.slice();
    parameters[offset] = Number.NaN;
    const { lossSum, gradientSums } = new LoadedModel(module, { ...sample, parameters }, 16).lossAndGradients(
      firstSamples(3),
    );
    expect(lossSum).toBeNaN();
    expect(gradientSums.some(Number.isNaN)).toBe(true);
  });
});

describe('evaluate', () => {
  test.each(counts)('gives %i samples the very loss and count of lossAndGradients', (count) => {
    const model = new LoadedModel(module, { parameters: randomParameters(3, 3), images, labels }, 64);
    const { lossSum, correct } = model.lossAndGradients(firstSamples(count));
    expect(model.evaluate(firstSamples(count))).toMatchObject({ lossSum, correct });
  });

  test('predicts what the reference predicts', () => {
    // Large weights: with small ones a fresh network predicts one class for all.
    const parameters = randomParameters(4, 12);
    const actual = new LoadedModel(module, { parameters, images, labels }, 64).evaluate(firstSamples(64));
    const expected = lossAndGradients({ parameters, images, labels });
    expect(actual.predictions).toEqual(expected.predictions);
    expect(new Set(actual.predictions).size).toBeGreaterThan(1);
    expect(actual.correct).toBe(expected.correct);
  });

  test('predicts the lowest class on equal logits', () => {
    const parameters = new Float32Array(randomParameters(5).length);
    const biases = parameters.subarray(-10);
    biases.set([0, 1, 2, 3, 5, 5, 4, 5, 1, 0]);
    const { predictions } = new LoadedModel(module, { parameters, images, labels }, 16).evaluate([0, 1]);
    expect([...predictions]).toEqual([4, 4]);
  });

  test('writes one prediction a sample, and no more', () => {
    const model = new LoadedModel(module, { parameters: randomParameters(6), images, labels }, 64);
    model.harness.bytes(model.outputs, 256).fill(0xee);
    model.evaluate(firstSamples(17));
    const written = [...model.harness.bytes(model.outputs, 256)].map((byte) => byte !== 0xee);
    expect(written.slice(64, 64 + 17).every(Boolean)).toBe(true);
    expect(written.slice(64 + 17).some(Boolean)).toBe(false);
  });
});
