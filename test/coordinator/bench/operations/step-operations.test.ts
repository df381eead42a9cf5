import { describe, expect, test } from 'vitest';
import {
  countStepOperations,
  totalOperations,
} from '../../../../src/coordinator/bench/operations/step-operations.ts';
import { readKernels } from '../../../../src/coordinator/kernels.ts';
import { layers } from '../../../../src/shared/model.ts';
import { directOperations } from '../../../../src/shared/model-costs.ts';

const kernels = await readKernels();
const count = (batchSize: number, workers = 1) =>
  countStepOperations(kernels, { batchSize, microBatch: 16 }, workers);

/** Products for one sample, by the algorithms that ARCHITECTURE.md names. */
const products = {
  /** F(4, 5), eight points for four of 28 columns: kernel rows × inputs × outputs × rows × tiles × points; no gradient of the images. */
  c1: 2 * (5 * 1 * 6 * 28 * 7 * 8),
  /** F(5, 5) along both axes, nine points for five of ten rows and columns: inputs × outputs × tiles and points along y × along x. */
  c3: 3 * (6 * 16 * (2 * 9) * (2 * 9)),
  dense: 3 * (400 * 120 + 120 * 84 + 84 * 10),
};

describe('countStepOperations', () => {
  test('finds the products of the fast convolutions, and not many multiplications beside them', async () => {
    const { gradients } = await count(16);
    const expected = 16 * (products.c1 + products.c3 + products.dense);
    expect(gradients.multiplications).toBeGreaterThan(expected);
    // The transforms take some 62,000 a sample, the activations, the pooling and the way back through them some 45,000.
    expect(gradients.multiplications - expected).toBeLessThan(16 * 112_000);
    expect(gradients.multiplications).toBeLessThan((0.45 * 16 * directOperations(layers)) / 2);
  });

  test('counts a short micro-shard as the whole block that is computed for it, but for the sum of its losses', async () => {
    const [short, whole] = await Promise.all([count(7), count(16)]);
    expect(short.gradients.multiplications).toBe(whole.gradients.multiplications);
    expect(whole.gradients.additions - short.gradients.additions).toBe(16 - 7);
    expect(totalOperations(short)).toBeGreaterThan(0.99 * totalOperations(whole));
  });

  test('adds up micro-shards, and slots but the first', async () => {
    const [one, three] = await Promise.all([count(16), count(48)]);
    expect(three.gradients.multiplications).toBe(3 * one.gradients.multiplications);
    expect(three.gradients.additions).toBe(3 * one.gradients.additions);
    expect(three.update.multiplications).toBe(one.update.multiplications);
    expect(three.update.additions).toBeGreaterThan(one.update.additions);
  });

  test('prepares parameters for each worker that has something to compute', async () => {
    const [one, two, many] = await Promise.all([count(32, 1), count(32, 2), count(32, 9)]);
    expect(two.preparation.additions).toBe(2 * one.preparation.additions);
    expect(many).toEqual(two);
  });
});

describe('directOperations', () => {
  test('of LeNet-5 is two for each of 1,131,960 multiply-adds', () => {
    expect(directOperations(layers)).toBe(2 * 1_131_960);
  });
});
