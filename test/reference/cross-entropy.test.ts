import { describe, expect, test } from 'vitest';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { numericGradient } from './finite-differences.ts';
import { randomValues, seededGenerator } from './random-values.ts';
import { relativeError } from './relative-error.ts';

describe('reference softmax cross-entropy', () => {
  test('of equal logits is log(classes), with gradient 1/classes and 1/classes - 1 at the label', () => {
    const { loss, logitGradient } = softmaxCrossEntropy(new Float64Array(10).fill(7), 3);
    expect(loss).toBeCloseTo(Math.log(10), 14);
    expect(Array.from(logitGradient)).toEqual([0.1, 0.1, 0.1, -0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]);
  });

  test('of logits log 1, log 2, log 5 is minus the log of the label’s share', () => {
    const { loss, logitGradient } = softmaxCrossEntropy(Float64Array.of(0, Math.log(2), Math.log(5)), 1);
    expect(loss).toBeCloseTo(Math.log(4), 14);
    expect(relativeError(logitGradient, [1 / 8, 2 / 8 - 1, 5 / 8])).toBeLessThan(1e-15);
  });

  test('stays finite with huge logits of either sign', () => {
    const huge = Float64Array.of(1e300, -1e300, 0);
    expect(softmaxCrossEntropy(huge, 0)).toEqual({ loss: 0, logitGradient: Float64Array.of(0, 0, 0) });
    expect(softmaxCrossEntropy(huge, 2)).toEqual({ loss: 1e300, logitGradient: Float64Array.of(1, 0, -1) });
    expect(softmaxCrossEntropy(Float64Array.of(-2000, -1000), 0).loss).toBe(1000);
  });

  test('has the gradient that finite differences give', () => {
    const logits = randomValues(seededGenerator(2), 10, 5);
    const numeric = numericGradient(() => softmaxCrossEntropy(logits, 4).loss, logits);
    expect(relativeError(softmaxCrossEntropy(logits, 4).logitGradient, numeric)).toBeLessThan(1e-9);
  });
});
