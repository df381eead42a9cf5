import { describe, expect, test } from 'vitest';
import { plainEngine } from '../../../../src/shared/engine-options.ts';
import { parameterLayout, viewParameter } from '../../../../src/shared/parameters.ts';
import { openTensorflowBackend } from '../../../../src/worker/tfjs/backends/tensorflow-backend.ts';
import { TfjsEngine } from '../../../../src/worker/tfjs/tfjs-engine.ts';
import { randomParameters } from '../../../reference/random-values.ts';
import { lossAndGradients } from '../../../reference/reference-engine.ts';
import { relativeError } from '../../../reference/relative-error.ts';
import { missingForTensorflow } from '../../../support/software-gpu.ts';
import { describeTfjsEngine, fashionBatch } from '../engine-contract.ts';
import { describeVariants, twoVariants } from '../variants-contract.ts';

// What it tells of the processor is of no interest here.
process.env['TF_CPP_MIN_LOG_LEVEL'] = '2';
const missing = missingForTensorflow();

describeTfjsEngine('TensorFlow’s native addon', {
  open: () => openTensorflowBackend(false),
  missing,
  // Its threads add up in the order in which they finish.
  repeatsBits: false,
});

describeVariants('TensorFlow’s native addon', {
  open: () => openTensorflowBackend(false),
  missing,
  variants: twoVariants,
});

describe('batch normalization on TensorFlow’s native addon', () => {
  test('loses little to rounding over the 50,176 values of 64 pictures', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const model = { activation: 'relu', pooling: 'max', batchNorm: true } as const;
    const batch = fashionBatch(0, 64, randomParameters(11, 1, model));
    const engine = new TfjsEngine(await openTensorflowBackend(false), { ...plainEngine, model });
    const { gradientSums } = await engine.lossAndGradients(batch);
    const expected = lossAndGradients({ ...batch, model }).gradientSums;
    for (const tensor of parameterLayout(model).tensors) {
      if (!tensor.name.startsWith('bn1')) continue;
      const { offset, length } = tensor;
      const reference = expected.subarray(offset, offset + length);
      expect(relativeError(viewParameter(gradientSums, tensor), reference)).toBeLessThan(1e-5);
    }
    await engine.dispose();
  });
});

describe('openTensorflowBackend', () => {
  test('where a GPU is needed and TensorFlow finds none is an error', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const { device } = await openTensorflowBackend(false);
    if (device.startsWith('cuda')) context.skip('this machine has a GPU');
    await expect(openTensorflowBackend(true)).rejects.toThrow(/TensorFlow \d+\.\d+\.\d+ finds no GPU/);
  });
});
