import { describe, expect, test } from 'vitest';
import { initialParameters } from '../../src/shared/initial-parameters.ts';
import { parameterCount, parameterTensors, viewParameter } from '../../src/shared/parameters.ts';

describe('initialParameters', () => {
  const parameters = initialParameters(42);

  test.each(parameterTensors)('fills $name up to its bound, and never beyond', (tensor) => {
    const values = viewParameter(parameters, tensor);
    const bound = 1 / Math.sqrt(tensor.fanIn);
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    // The largest of n magnitudes stays below bound · q with probability q^n; here once in a million.
    expect(largest).toBeGreaterThan(bound * 1e-6 ** (1 / values.length));
  });

  test.each(parameterTensors.filter((tensor) => tensor.length >= 100))(
    'gives $name the mean and variance of a uniform distribution',
    (tensor) => {
      const values = [...viewParameter(parameters, tensor)];
      const variance = 1 / (3 * tensor.fanIn);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const meanSquare = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(variance / values.length));
      // The square of a uniform value has a standard deviation of √0.8 times its mean.
      expect(Math.abs(meanSquare / variance - 1)).toBeLessThan(5 * Math.sqrt(0.8 / values.length));
    },
  );

  test('gives every tensor values of its own', () => {
    const scaled = parameterTensors.map(
      (tensor) => (viewParameter(parameters, tensor)[0] as number) * Math.sqrt(tensor.fanIn),
    );
    expect(new Set(scaled.map((value) => value.toFixed(4))).size).toBe(parameterTensors.length);
  });

  test('is the same for the same seed and another for another', () => {
    expect(parameters).toHaveLength(parameterCount);
    expect(initialParameters(42)).toEqual(parameters);
    expect(initialParameters(43)).not.toEqual(parameters);
  });
});
