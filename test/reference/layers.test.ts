import { describe, expect, test } from 'vitest';
import { activationBackward, activationForward } from './activation.ts';
import { averagePoolingBackward, averagePoolingForward } from './average-pooling.ts';
import {
  batchNormalizationBackward,
  channelStatistics,
  normalizeSample,
  scaleSample,
} from './batch-normalization.ts';
import { type ConvolutionShape, convolutionBackward, convolutionForward } from './convolution.ts';
import { denseBackward, denseForward } from './dense.ts';
import { numericGradient } from './finite-differences.ts';
import { maxPoolingBackward, maxPoolingForward } from './max-pooling.ts';
import { randomValues, seededGenerator } from './random-values.ts';
import { relativeError } from './relative-error.ts';

const values = (...numbers: number[]) => Float64Array.from(numbers);

/** Σ weights · y: a scalar function of a layer's output whose gradient with respect to y is `weights`. */
function weightedSum(y: Float64Array, weights: Float64Array): number {
  return y.reduce((sum, value, index) => sum + value * (weights[index] as number), 0);
}

describe('reference convolution', () => {
  const shape: ConvolutionShape = {
    inputChannels: 1,
    outputChannels: 1,
    height: 3,
    width: 3,
    kernelSize: 2,
    padding: 0,
  };
  const image = values(1, 2, 3, 4, 5, 6, 7, 8, 9);

  test('slides the kernel without flipping it, and adds the bias', () => {
    const y = convolutionForward(shape, image, values(1, 10, 100, 1000), values(0.5));
    expect(y).toEqual(values(5421.5, 6532.5, 8754.5, 9865.5));
  });

  test('pads with zeros', () => {
    const y = convolutionForward(
      { ...shape, kernelSize: 3, padding: 1 },
      image,
      values(1, 1, 1, 1, 1, 1, 1, 1, 1),
      values(0),
    );
    expect(y).toEqual(values(12, 21, 16, 27, 45, 33, 24, 39, 28));
  });

  test('adds up the input channels', () => {
    const twoChannels = { ...shape, inputChannels: 2, height: 1, width: 2, kernelSize: 1 };
    expect(convolutionForward(twoChannels, values(1, 2, 10, 20), values(3, 5), values(0))).toEqual(
      values(53, 106),
    );
  });

  test('sends the gradient of one output to the window that made it', () => {
    const gradients = convolutionBackward(shape, image, values(1, 10, 100, 1000), values(0, 2, 0, 0));
    expect(gradients.weight).toEqual(values(4, 6, 10, 12));
    expect(gradients.input).toEqual(values(0, 2, 20, 0, 200, 2000, 0, 0, 0));
    expect(gradients.bias).toEqual(values(2));
  });

  test('has the gradients that finite differences give, with padding and several channels', () => {
    const wide: ConvolutionShape = {
      inputChannels: 2,
      outputChannels: 3,
      height: 4,
      width: 5,
      kernelSize: 3,
      padding: 1,
    };
    const generator = seededGenerator(1);
    const x = randomValues(generator, 2 * 4 * 5);
    const weight = randomValues(generator, 3 * 2 * 3 * 3);
    const bias = randomValues(generator, 3);
    const outputGradient = randomValues(generator, 3 * 4 * 5);
    const f = () => weightedSum(convolutionForward(wide, x, weight, bias), outputGradient);
    const gradients = convolutionBackward(wide, x, weight, outputGradient);
    expect(relativeError(gradients.input, numericGradient(f, x))).toBeLessThan(1e-10);
    expect(relativeError(gradients.weight, numericGradient(f, weight))).toBeLessThan(1e-10);
    expect(relativeError(gradients.bias, numericGradient(f, bias))).toBeLessThan(1e-10);
  });
});

describe('reference average pooling', () => {
  const shape = { channels: 2, height: 2, width: 4, size: 2 };

  test('takes the mean of each window of each channel', () => {
    const x = values(1, 2, 3, 4, 5, 6, 7, 8, 10, 20, 30, 40, 50, 60, 70, 80);
    expect(averagePoolingForward(shape, x)).toEqual(values(3.5, 5.5, 35, 55));
  });

  test('shares the gradient of a window equally', () => {
    expect(averagePoolingBackward(shape, values(4, 8, 12, 16))).toEqual(
      values(1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4),
    );
  });
});

describe('reference dense layer', () => {
  const x = values(1, 2);
  const weight = values(3, 4, 5, 6, 7, 8);

  test('multiplies each row of the weight with the input and adds the bias', () => {
    expect(denseForward(x, weight, values(0.5, 0, -1))).toEqual(values(11.5, 17, 22));
  });

  test('has the outer product as weight gradient and the transposed product as input gradient', () => {
    const gradients = denseBackward(x, weight, values(1, 0, 10));
    expect(gradients.weight).toEqual(values(1, 2, 0, 0, 10, 20));
    expect(gradients.bias).toEqual(values(1, 0, 10));
    expect(gradients.input).toEqual(values(73, 84));
  });
});

describe('reference activations', () => {
  test('sigmoid is 1/2 at 0, 3/4 at log 3, and does not overflow', () => {
    const y = activationForward('sigmoid', values(0, Math.log(3), -1000, 1000));
    expect(Array.from(y, (value) => Number(value.toFixed(15)))).toEqual([0.5, 0.75, 0, 1]);
  });

  test('have the slopes y(1 - y), 1 - y², and that of the step', () => {
    expect(activationBackward('sigmoid', values(0.5, 0.75, 1), values(4, 16, 1))).toEqual(values(1, 3, 0));
    expect(activationBackward('tanh', values(0, 0.5, -1), values(4, 4, 1))).toEqual(values(4, 3, 0));
    expect(activationBackward('relu', values(0, 0.5, 2), values(4, 4, 1))).toEqual(values(0, 4, 1));
  });

  test('relu is x above 0 and 0 below', () => {
    expect(activationForward('relu', values(-2, 0, 3))).toEqual(values(0, 0, 3));
  });
});

describe('reference max pooling', () => {
  const shape = { channels: 1, height: 2, width: 4, size: 2 };

  test('takes the largest of each window, and sends its gradient to the first of equals', () => {
    const input = values(1, 7, 3, 3, 7, 5, 2, 3);
    expect(maxPoolingForward(shape, input)).toEqual(values(7, 3));
    expect(maxPoolingBackward(shape, input, values(10, 20))).toEqual(values(0, 10, 20, 0, 0, 0, 0, 0));
  });
});

describe('reference batch normalization', () => {
  const generator = seededGenerator(9);
  const samples = [randomValues(generator, 12), randomValues(generator, 12), randomValues(generator, 12)];
  const weight = randomValues(generator, 2);
  const bias = randomValues(generator, 2);

  test('gives each channel over all samples the mean 0 and the variance 1', () => {
    const statistics = channelStatistics(samples, 2);
    const again = channelStatistics(
      samples.map((sample) => normalizeSample(sample, statistics)),
      2,
    );
    for (const mean of again.mean) expect(mean).toBeCloseTo(0, 12);
    for (const variance of again.variance) expect(variance).toBeCloseTo(1, 3);
  });

  test('has the gradients that finite differences give', () => {
    const weights = samples.map(() => randomValues(generator, 12));
    const forward = () => {
      const statistics = channelStatistics(samples, 2);
      return samples.reduce(
        (sum, sample, index) =>
          sum +
          weightedSum(
            scaleSample(normalizeSample(sample, statistics), weight, bias),
            weights[index] as Float64Array,
          ),
        0,
      );
    };
    const statistics = channelStatistics(samples, 2);
    const normalized = samples.map((sample) => normalizeSample(sample, statistics));
    const gradients = batchNormalizationBackward(normalized, statistics, weight, weights);
    expect(relativeError(gradients.weight, numericGradient(forward, weight))).toBeLessThan(1e-8);
    expect(relativeError(gradients.bias, numericGradient(forward, bias))).toBeLessThan(1e-8);
    for (const [index, sample] of samples.entries()) {
      expect(
        relativeError(gradients.inputs[index] as Float64Array, numericGradient(forward, sample)),
      ).toBeLessThan(1e-7);
    }
  });
});
