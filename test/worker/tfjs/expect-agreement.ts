import { expect } from 'vitest';
import { parameterTensors, viewParameter } from '../../../src/shared/parameters.ts';
import type { LossAndGradients } from '../../../src/worker/engine.ts';
import type { ReferenceResult } from '../../reference/reference-engine.ts';
import { relativeError } from '../../reference/relative-error.ts';

/** What the engines on devices promise: each tensor of the gradients within this relative L2 distance of float64. */
const promisedError = 1e-4;

/** Tensors of the gradients that are farther from the reference than promised. */
export function expectAgreement(actual: LossAndGradients, expected: ReferenceResult): void {
  const errors = parameterTensors.map((tensor) => ({
    name: tensor.name,
    error: relativeError(
      viewParameter(actual.gradientSums, tensor),
      expected.gradientSums.subarray(tensor.offset, tensor.offset + tensor.length),
    ),
  }));
  expect(errors.filter(({ error }) => !(error < promisedError))).toEqual([]);
  expect(Math.abs(actual.lossSum / expected.lossSum - 1)).toBeLessThan(promisedError);
  expect(actual.correct).toBe(expected.correct);
}
