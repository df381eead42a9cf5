import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parameterCount } from '../../../src/shared/parameters.ts';
import type { LossAndGradients } from '../../../src/worker/engine.ts';
import { openCpuBackend } from '../../../src/worker/tfjs/backends/cpu-backend.ts';
import { TfjsEngine } from '../../../src/worker/tfjs/tfjs-engine.ts';
import { readFashionImages } from '../../reference/fashion-images.ts';
import { randomParameters } from '../../reference/random-values.ts';
import { lossAndGradients } from '../../reference/reference-engine.ts';
import { expectAgreement } from './expect-agreement.ts';

const fashion = readFashionImages();
const batch = (from: number, to: number, parameters = randomParameters(2, 3)) => ({
  parameters,
  images: fashion.images.slice(from * 784, to * 784),
  labels: fashion.labels.slice(from, to),
});

/** Stands for the bits of a result: a difference of two arrays of this length would take minutes to print. */
function digest({ gradientSums, ...rest }: LossAndGradients) {
  return { ...rest, gradientSums: createHash('sha256').update(gradientSums).digest('hex') };
}

let engine: TfjsEngine;
beforeAll(async () => {
  engine = new TfjsEngine(await openCpuBackend());
});
afterAll(() => engine.dispose());

describe('TfjsEngine on the backend in plain JavaScript', () => {
  test.each([
    { name: 'initial parameters', parameters: randomParameters(1) },
    { name: 'parameters three times as large', parameters: randomParameters(2, 3) },
  ])('agrees with the float64 reference, $name', async ({ parameters }) => {
    const samples = batch(0, 4, parameters);
    expectAgreement(await engine.lossAndGradients(samples), lossAndGradients(samples));
  });

  test('takes batches of any size, and gives predictions and loss without gradients', async () => {
    for (const samples of [batch(0, 1), batch(1, 8)]) {
      const { lossSum, correct, predictions } = lossAndGradients(samples);
      const evaluation = await engine.evaluate(samples);
      expect(evaluation).toMatchObject({ correct, predictions });
      expect(evaluation.lossSum).toBeCloseTo(lossSum, 4);
    }
  });

  test('predicts the lowest class where logits are equal', async () => {
    const { predictions } = await engine.evaluate(batch(0, 3, new Float32Array(parameterCount)));
    expect(predictions).toEqual(new Uint8Array(3));
  });

  test('holds no more tensors after many calls than after one, and none but the parameters', async () => {
    await engine.lossAndGradients(batch(0, 2));
    const before = engine.memory();
    for (const seed of [4, 5]) {
      await engine.lossAndGradients(batch(0, 2, randomParameters(seed)));
      await engine.evaluate(batch(2, 4, randomParameters(seed)));
    }
    expect(engine.memory()).toEqual(before);
    expect(before).toEqual({ tensors: 10, bytes: 4 * parameterCount });
  });

  test('computes with parameters that the caller changed in place', async () => {
    const samples = batch(0, 2);
    await engine.lossAndGradients(samples);
    samples.parameters.set(randomParameters(6));
    expectAgreement(await engine.lossAndGradients(samples), lossAndGradients(samples));
  });

  test('gives two calls in flight the results that each has alone', async () => {
    const first = batch(0, 2, randomParameters(7));
    const second = batch(2, 5, randomParameters(8, 2));
    const alone = [await engine.lossAndGradients(first), await engine.lossAndGradients(second)];
    const together = await Promise.all([engine.lossAndGradients(first), engine.lossAndGradients(second)]);
    expect(together.map(digest)).toEqual(alone.map(digest));
  });

  test.each([
    { change: { parameters: new Float32Array(3) }, message: /61706 values, got 3/ },
    { change: { labels: new Uint8Array() }, message: /got 0 labels/ },
    { change: { images: new Uint8Array(1) }, message: /2 labels go with 1568 bytes of images, got 1/ },
  ])('refuses arrays of the wrong length: $message', async ({ change, message }) => {
    await expect(engine.lossAndGradients({ ...batch(0, 2), ...change })).rejects.toThrow(message);
  });
});
