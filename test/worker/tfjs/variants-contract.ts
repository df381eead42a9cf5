import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { plainEngine } from '../../../src/shared/engine-options.ts';
import { activations, type ModelOptions, poolings } from '../../../src/shared/model-options.ts';
import { parameterLayout } from '../../../src/shared/parameters.ts';
import type { TfjsBackend } from '../../../src/worker/tfjs/tensorflow.ts';
import { TfjsEngine } from '../../../src/worker/tfjs/tfjs-engine.ts';
import { keptFeatures } from '../../reference/dropout.ts';
import { randomParameters } from '../../reference/random-values.ts';
import { lossAndGradients } from '../../reference/reference-engine.ts';
import { fashionBatch } from './engine-contract.ts';
import { expectAgreement } from './expect-agreement.ts';

export const allVariants: readonly ModelOptions[] = activations.flatMap((activation) =>
  poolings.flatMap((pooling) => [false, true].map((batchNorm) => ({ activation, pooling, batchNorm }))),
);

/** Each part that the reference does not have is in one of them. */
export const twoVariants: readonly ModelOptions[] = [
  { activation: 'relu', pooling: 'max', batchNorm: true },
  { activation: 'tanh', pooling: 'max', batchNorm: false },
];

const regularization = { dropout: 0.3, labelSmoothing: 0.1 };
const seed = 2 ** 40 + 5;
const draws = { epoch: 7, samples: Uint32Array.of(3, 70_000, 17) };

interface BackendUnderTest {
  open(): Promise<TfjsBackend>;
  /** What this machine lacks for it. */
  missing?: string | undefined;
  variants: readonly ModelOptions[];
}

/** What every backend makes of the model's variants: the reference's results, and nothing left behind. */
export function describeVariants(name: string, { open, missing, variants }: BackendUnderTest): void {
  describe.each(variants)(
    `TfjsEngine on ${name}, $activation, $pooling pooling, batchNorm $batchNorm`,
    (model) => {
      const parameters = randomParameters(11, 2, model);
      const batch = fashionBatch(0, 3, parameters);
      let engine: TfjsEngine;
      let plain: TfjsEngine;
      beforeAll(async () => {
        if (missing !== undefined) return;
        const backend = await open();
        engine = new TfjsEngine(backend, { ...plainEngine, model, regularization, seed });
        // A process has one backend at a time, which belongs to the first.
        plain = new TfjsEngine({ ...backend, async dispose() {} }, { ...plainEngine, model });
      });
      afterAll(() => engine?.dispose());
      const needsBackend = (context: TestContext) => {
        if (missing !== undefined) context.skip(missing);
      };

      test('agrees with the float64 reference', async (context) => {
        needsBackend(context);
        expectAgreement(await plain.lossAndGradients(batch), lossAndGradients({ ...batch, model }), model);
        await plain.dispose();
      });

      test('agrees with it with dropout and label smoothing, drawn for seed, epoch and sample', async (context) => {
        needsBackend(context);
        const kept = keptFeatures(0.3, seed, 7, [...draws.samples]);
        const expected = lossAndGradients({ ...batch, model, labelSmoothing: 0.1, kept });
        expectAgreement(await engine.lossAndGradients({ ...batch, draws }), expected, model);
      });

      test('evaluates with the running statistics, and regularizes nothing', async (context) => {
        needsBackend(context);
        const { lossSum, correct, predictions } = lossAndGradients({ ...batch, model, evaluation: true });
        const evaluation = await engine.evaluate(batch);
        expect(evaluation).toMatchObject({ correct, predictions });
        expect(Math.abs(evaluation.lossSum / lossSum - 1)).toBeLessThan(1e-5);
      });

      test('holds the parameters between calls, and nothing else', async (context) => {
        needsBackend(context);
        const callTwice = async (parameterSeed: number) => {
          const changed = fashionBatch(0, 2, randomParameters(parameterSeed, 2, model));
          await engine.lossAndGradients(changed);
          await engine.evaluate(changed);
        };
        // A device's pool of buffers grows with the first calls of a size.
        for (const parameterSeed of [1, 2]) await callTwice(parameterSeed);
        const before = engine.memory();
        for (const parameterSeed of [3, 4]) await callTwice(parameterSeed);
        expect(engine.memory()).toEqual(before);
        expect(before.tensors).toBe(parameterLayout(model).tensors.length);
      });
    },
  );
}
