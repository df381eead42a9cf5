import { describe, expect, test } from 'vitest';
import { openTensorflowBackend } from '../../../../src/worker/tfjs/backends/tensorflow-backend.ts';
import { missingForTensorflow } from '../../../support/software-gpu.ts';
import { describeTfjsEngine } from '../engine-contract.ts';
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

describe('openTensorflowBackend', () => {
  test('where a GPU is needed and TensorFlow finds none is an error', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const { device } = await openTensorflowBackend(false);
    if (device.startsWith('cuda')) context.skip('this machine has a GPU');
    await expect(openTensorflowBackend(true)).rejects.toThrow(/TensorFlow \d+\.\d+\.\d+ finds no GPU/);
  });
});
