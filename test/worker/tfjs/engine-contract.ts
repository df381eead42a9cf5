import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { plainEngine } from '../../../src/shared/engine-options.ts';
import { parameterCount } from '../../../src/shared/parameters.ts';
import type { LossAndGradients } from '../../../src/worker/engine.ts';
import type { TfjsBackend } from '../../../src/worker/tfjs/tensorflow.ts';
import { TfjsEngine } from '../../../src/worker/tfjs/tfjs-engine.ts';
import { readFashionImages } from '../../reference/fashion-images.ts';
import { randomParameters } from '../../reference/random-values.ts';
import { lossAndGradients } from '../../reference/reference-engine.ts';
import { expectAgreement } from './expect-agreement.ts';

const fashion = readFashionImages();

/** Samples of the fixture, with parameters that lead the activations out of the linear part of the sigmoid. */
export function fashionBatch(from: number, to: number, parameters = randomParameters(2, 3)) {
  return {
    parameters,
    images: fashion.images.slice(from * 784, to * 784),
    labels: fashion.labels.slice(from, to),
  };
}

/** Stands for the bits of a result: a difference of two arrays of this length would take minutes to print. */
function digest({ gradientSums, ...rest }: LossAndGradients) {
  return { ...rest, gradientSums: createHash('sha256').update(gradientSums).digest('hex') };
}

interface BackendUnderTest {
  open(): Promise<TfjsBackend>;
  /** What this machine lacks for it. */
  missing?: string | undefined;
  /** Whether the device gives the same call the same bits again. */
  repeatsBits: boolean;
}

/** What every backend makes of the engine: the reference's results, and nothing left behind. */
export function describeTfjsEngine(name: string, { open, missing, repeatsBits }: BackendUnderTest): void {
  describe(`TfjsEngine on ${name}`, () => {
    let engine: TfjsEngine;
    beforeAll(async () => {
      if (missing === undefined) engine = new TfjsEngine(await open(), plainEngine);
    });
    afterAll(() => engine?.dispose());
    const needsBackend = (context: TestContext) => {
      if (missing !== undefined) context.skip(missing);
    };

    test.for([
      { parameterName: 'initial parameters', parameters: randomParameters(1) },
      { parameterName: 'parameters three times as large', parameters: randomParameters(2, 3) },
    ])('agrees with the float64 reference, $parameterName', async ({ parameters }, context) => {
      needsBackend(context);
      const samples = fashionBatch(0, 4, parameters);
      expectAgreement(await engine.lossAndGradients(samples), lossAndGradients(samples));
    });

    test('takes batches of any size, and gives predictions and loss without gradients', async (context) => {
      needsBackend(context);
      for (const samples of [fashionBatch(0, 1), fashionBatch(1, 8)]) {
        const { lossSum, correct, predictions } = lossAndGradients(samples);
        const evaluation = await engine.evaluate(samples);
        expect(evaluation).toMatchObject({ correct, predictions });
        expect(evaluation.lossSum).toBeCloseTo(lossSum, 4);
      }
    });

    test('predicts the lowest class where logits are equal', async (context) => {
      needsBackend(context);
      const { predictions } = await engine.evaluate(fashionBatch(0, 3, new Float32Array(parameterCount)));
      expect(predictions).toEqual(new Uint8Array(3));
    });

    test('holds no more after many calls than after one: the parameters', async (context) => {
      needsBackend(context);
      const callTwice = async (seed: number) => {
        await engine.lossAndGradients(fashionBatch(0, 2, randomParameters(seed)));
        await engine.evaluate(fashionBatch(2, 4, randomParameters(seed)));
      };
      await callTwice(3);
      await callTwice(4);
      const before = engine.memory();
      for (const seed of [5, 6, 7]) await callTwice(seed);
      expect(engine.memory()).toEqual(before);
      expect(before.tensors).toBe(10);
      expect(before.bytes).toBeGreaterThanOrEqual(4 * parameterCount);
    });

    test('computes with parameters that the caller changed in place', async (context) => {
      needsBackend(context);
      const samples = fashionBatch(0, 2);
      await engine.lossAndGradients(samples);
      samples.parameters.set(randomParameters(6));
      expectAgreement(await engine.lossAndGradients(samples), lossAndGradients(samples));
    });

    test('gives two calls in flight, with other parameters each, what each gets alone', async (context) => {
      needsBackend(context);
      const batches = [
        fashionBatch(0, 2, randomParameters(7)),
        fashionBatch(2, 5, randomParameters(8, 2)),
      ] as const;
      const together = await Promise.all(batches.map((each) => engine.lossAndGradients(each)));
      for (const [index, batch] of batches.entries()) {
        expectAgreement(together[index] as LossAndGradients, lossAndGradients(batch));
        if (!repeatsBits) continue;
        const alone = await engine.lossAndGradients(batch);
        expect(digest(together[index] as LossAndGradients)).toEqual(digest(alone));
      }
    });
  });
}
