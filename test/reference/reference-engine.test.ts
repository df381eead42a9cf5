import { describe, expect, test } from 'vitest';
import { activations, poolings } from '../../src/shared/model-options.ts';
import { parameterCount, parameterLayout, parameterTensors } from '../../src/shared/parameters.ts';
import { at } from './at.ts';
import { readFashionImages } from './fashion-images.ts';
import { centralDifference } from './finite-differences.ts';
import { randomParameters, seededGenerator } from './random-values.ts';
import { lossAndGradients } from './reference-engine.ts';
import { relativeError } from './relative-error.ts';

const fashion = readFashionImages();
const batch = (from: number, to: number) => ({
  images: fashion.images.slice(from * 784, to * 784),
  labels: fashion.labels.slice(from, to),
});

describe('reference engine', () => {
  const parameters = Float64Array.from(randomParameters(3, 3));
  const { images, labels } = batch(0, 4);
  const { gradientSums } = lossAndGradients({ parameters, images, labels });

  test.each(parameterTensors)('gradient of $name is that of finite differences', ({ offset, length }) => {
    const generator = seededGenerator(offset);
    const coordinates = Array.from({ length: 6 }, () => offset + Math.floor(generator() * length));
    const numeric = coordinates.map((coordinate) =>
      centralDifference(
        () => lossAndGradients({ parameters, images, labels }).lossSum,
        parameters,
        coordinate,
      ),
    );
    const analytic = coordinates.map((coordinate) => at(gradientSums, coordinate));
    expect(Math.hypot(...analytic)).toBeGreaterThan(1e-6);
    expect(relativeError(analytic, numeric)).toBeLessThan(1e-7);
  });

  test('with all parameters zero gives log(10) a sample and predicts class 0', () => {
    const result = lossAndGradients({ parameters: new Float32Array(parameterCount), ...batch(0, 8) });
    expect(result.lossSum).toBeCloseTo(8 * Math.log(10), 12);
    expect(result.predictions).toEqual(new Uint8Array(8));
    expect(result.correct).toBe(batch(0, 8).labels.filter((label) => label === 0).length);
  });

  test('predicts the class with the largest bias where nothing else speaks, and counts it as correct', () => {
    const biased = new Float32Array(parameterCount);
    biased[parameterCount - 1] = 1;
    const result = lossAndGradients({ parameters: biased, ...batch(0, 16) });
    expect(result.predictions).toEqual(new Uint8Array(16).fill(9));
    expect(result.correct).toBe(batch(0, 16).labels.filter((label) => label === 9).length);
  });

  test('sums losses, counts and gradients over the samples', () => {
    const whole = lossAndGradients({ parameters, ...batch(0, 5) });
    const parts = [batch(0, 2), batch(2, 5)].map((part) => lossAndGradients({ parameters, ...part }));
    const total = (figure: (part: (typeof parts)[number]) => number) =>
      parts.reduce((sum, part) => sum + figure(part), 0);
    expect(whole.lossSum).toBeCloseTo(
      total((part) => part.lossSum),
      12,
    );
    expect(whole.correct).toBe(total((part) => part.correct));
    const gradientTotal = whole.gradientSums.map((_, index) => total((part) => at(part.gradientSums, index)));
    expect(relativeError(whole.gradientSums, gradientTotal)).toBeLessThan(1e-14);
  });
});

const variants = activations.flatMap((activation) =>
  poolings.flatMap((pooling) => [false, true].map((batchNorm) => ({ activation, pooling, batchNorm }))),
);

describe.each(variants)('reference of $activation, $pooling pooling, batchNorm $batchNorm', (model) => {
  test('has the gradients that finite differences give, in every tensor', () => {
    const parameters = Float64Array.from(randomParameters(5, 2, model));
    const { images, labels } = batch(0, 3);
    const kept = [0, 1, 2].map((sample) => ({
      c5: Float64Array.from({ length: 120 }, (_, feature) => ((feature + sample) % 3 === 0 ? 0 : 1.5)),
      f6: Float64Array.from({ length: 84 }, (_, feature) => ((feature + sample) % 4 === 0 ? 0 : 4 / 3)),
    }));
    const run = () => lossAndGradients({ parameters, images, labels, model, labelSmoothing: 0.2, kept });
    const { gradientSums } = run();
    for (const { name, offset, length, role } of parameterLayout(model).tensors) {
      if (role === 'running mean' || role === 'running variance') continue;
      // What batch normalization takes away again has no gradient.
      if (model.batchNorm && /^conv.*bias$/.test(name)) continue;
      const generator = seededGenerator(offset);
      const coordinates = Array.from({ length: 2 }, () => offset + Math.floor(generator() * length));
      // Short: a rectifier or a maximum must not change its mind on the way.
      const numeric = coordinates.map((at) => centralDifference(() => run().lossSum, parameters, at, 1e-7));
      const analytic = coordinates.map((coordinate) => at(gradientSums, coordinate));
      expect(Math.hypot(...analytic.map((value, index) => value - (numeric[index] as number)))).toBeLessThan(
        1e-6 + 1e-5 * Math.hypot(...analytic),
      );
    }
  });
});
