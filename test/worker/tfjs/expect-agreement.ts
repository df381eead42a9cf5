import { expect } from 'vitest';
import { type ModelOptions, referenceModel } from '../../../src/shared/model-options.ts';
import { parameterLayout, viewParameter } from '../../../src/shared/parameters.ts';
import type { LossAndGradients } from '../../../src/worker/engine.ts';
import type { ReferenceResult } from '../../reference/reference-engine.ts';
import { relativeError } from '../../reference/relative-error.ts';

/** What the engines on devices promise: each tensor of the gradients within this relative L2 distance of float64. */
const promisedError = 1e-4;

/** Tensors of the gradients that are farther from the reference than promised. */
export function expectAgreement(
  actual: LossAndGradients,
  expected: ReferenceResult,
  model: ModelOptions = referenceModel,
): void {
  // What a batch normalization takes off again has no gradient, but for rounding.
  const tensors = parameterLayout(model).tensors.filter(
    ({ name }) => !(model.batchNorm && /^conv.*bias$/.test(name)),
  );
  const errors = tensors.map((tensor) => ({
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
