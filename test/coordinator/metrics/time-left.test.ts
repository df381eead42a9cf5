import { describe, expect, test } from 'vitest';
import { secondsLeft } from '../../../src/coordinator/metrics/time-left.ts';

const work = {
  samples: 2_000,
  validations: 3,
  samplesPerSecond: 100,
  validationSeconds: 5,
  validatedSeconds: 0,
};

describe('secondsLeft', () => {
  test('is the training and the validations that are left', () => {
    expect(secondsLeft(work)).toBe(35);
  });

  test('runs down in a validation, too, and not below what comes after', () => {
    expect(secondsLeft({ ...work, validatedSeconds: 4 })).toBe(31);
    expect(secondsLeft({ ...work, samples: 0, validations: 1, validatedSeconds: 9 })).toBe(0);
  });

  test('is infinite while nothing moves, and 0 when nothing is left', () => {
    expect(secondsLeft({ ...work, samplesPerSecond: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(secondsLeft({ ...work, samples: 0, validations: 0, samplesPerSecond: 0 })).toBe(0);
  });
});
