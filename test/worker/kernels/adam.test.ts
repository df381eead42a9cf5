import { beforeAll, describe, expect, test } from 'vitest';
import { randomValues, seededGenerator } from '../../reference/random-values.ts';
import { compileKernels, KernelHarness } from './kernel-harness.ts';

const length = 134;
const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileKernels();
});

interface State {
  parameters: Float64Array;
  firstMoments: Float64Array;
  secondMoments: Float64Array;
}

/** Kingma and Ba 2015, algorithm 1, as published, in float64. */
function publishedAdam(
  state: State,
  gradient: Float64Array,
  step: number,
  learningRate: number,
  weightDecay: number,
): State {
  const firstMoments = state.firstMoments.map(
    (moment, index) => beta1 * moment + (1 - beta1) * (gradient[index] as number),
  );
  const secondMoments = state.secondMoments.map(
    (moment, index) => beta2 * moment + (1 - beta2) * (gradient[index] as number) ** 2,
  );
  const parameters = state.parameters.map((parameter, index) => {
    const unbiasedFirst = (firstMoments[index] as number) / (1 - beta1 ** step);
    const unbiasedSecond = (secondMoments[index] as number) / (1 - beta2 ** step);
    // Decoupled: Loshchilov and Hutter 2019, algorithm 2, with PyTorch's η = learning rate.
    return (
      parameter * (1 - learningRate * weightDecay) -
      (learningRate * unbiasedFirst) / (Math.sqrt(unbiasedSecond) + epsilon)
    );
  });
  return { parameters, firstMoments, secondMoments };
}

class AdamHarness {
  readonly harness = new KernelHarness(module);
  readonly gradient = this.harness.allocate(4 * length);
  readonly old = this.#allocateState();
  readonly new = this.#allocateState();

  #allocateState() {
    const allocate = () => this.harness.allocate(4 * length);
    return { parameters: allocate(), firstMoments: allocate(), secondMoments: allocate() };
  }

  write(address: number, values: ArrayLike<number>): void {
    this.harness.floats(address, length).set(values);
  }

  read(address: number): Float32Array {
    return this.harness.floats(address, length).slice();
  }

  update(step: number, learningRate: number, from = 0, to = length, decay = 1, scale = 1): void {
    this.harness.kernels.adamUpdate(
      this.gradient,
      this.old.parameters,
      this.old.firstMoments,
      this.old.secondMoments,
      this.new.parameters,
      this.new.firstMoments,
      this.new.secondMoments,
      from,
      to,
      learningRate / (1 - beta1 ** step),
      Math.sqrt(1 - beta2 ** step),
      scale,
      decay,
      beta1,
      beta2,
      epsilon,
    );
  }
}

/** Largest distance, in units of the largest expected magnitude. */
function largestError(actual: Float32Array, expected: Float64Array): number {
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return (
    actual.reduce(
      (worst, value, index) => Math.max(worst, Math.abs(value - (expected[index] as number))),
      0,
    ) / scale
  );
}

const rounded = (values: Float64Array) => Float64Array.from(Float32Array.from(values));

describe('adamUpdate', () => {
  test.each([
    [1, 0],
    [2, 0],
    [10, 0.5],
    [1000, 2],
  ])('follows the published formulas at step %i with a weight decay of %f', (step, weightDecay) => {
    const generator = seededGenerator(step);
    const adam = new AdamHarness();
    const state = {
      parameters: rounded(randomValues(generator, length, 0.2)),
      firstMoments: rounded(randomValues(generator, length, 0.01)),
      secondMoments: rounded(randomValues(generator, length, 0.01).map((value) => value ** 2)),
    };
    const gradient = rounded(randomValues(generator, length, 0.02));
    adam.write(adam.gradient, gradient);
    adam.write(adam.old.parameters, state.parameters);
    adam.write(adam.old.firstMoments, state.firstMoments);
    adam.write(adam.old.secondMoments, state.secondMoments);
    adam.update(step, 0.001, 0, length, 1 - 0.001 * weightDecay);

    const expected = publishedAdam(state, gradient, step, 0.001, weightDecay);
    expect(largestError(adam.read(adam.new.firstMoments), expected.firstMoments)).toBeLessThan(1e-6);
    expect(largestError(adam.read(adam.new.secondMoments), expected.secondMoments)).toBeLessThan(1e-6);
    expect(largestError(adam.read(adam.new.parameters), expected.parameters)).toBeLessThan(1e-6);
    const moved = state.parameters.map((value, k) => (adam.read(adam.new.parameters)[k] as number) - value);
    const shouldMove = state.parameters.map((value, k) => (expected.parameters[k] as number) - value);
    expect(largestError(Float32Array.from(moved), shouldMove)).toBeLessThan(1e-4);
  });

  test('moves nothing where gradient and moments are zero', () => {
    const adam = new AdamHarness();
    adam.write(adam.old.parameters, new Float32Array(length).fill(0.5));
    adam.update(1, 0.001);
    expect(adam.read(adam.new.parameters)).toEqual(new Float32Array(length).fill(0.5));
  });

  test('can be repeated, and keeps to its range', () => {
    const adam = new AdamHarness();
    const generator = seededGenerator(1);
    adam.write(adam.gradient, randomValues(generator, length));
    adam.write(adam.old.parameters, randomValues(generator, length));
    adam.update(1, 0.01);
    const whole = adam.read(adam.new.parameters);
    adam.update(1, 0.01);
    expect(adam.read(adam.new.parameters)).toEqual(whole);

    adam.write(adam.new.parameters, new Float32Array(length));
    adam.update(1, 0.01, 16, 39);
    const expected = new Float32Array(length);
    expected.set(whole.subarray(16, 39), 16);
    expect(adam.read(adam.new.parameters)).toEqual(expected);
  });
});

describe('updateStatistics', () => {
  test('mixes a tenth of the batch into the running statistics, and leaves no moments', () => {
    const adam = new AdamHarness();
    adam.write(adam.gradient, new Float32Array(length).fill(5));
    adam.write(adam.old.parameters, new Float32Array(length).fill(1));
    for (const address of Object.values(adam.new)) adam.write(address, new Float32Array(length).fill(-1));
    const { firstMoments, secondMoments, parameters } = adam.new;
    adam.harness.kernels.updateStatistics(
      adam.gradient,
      adam.old.parameters,
      parameters,
      firstMoments,
      secondMoments,
      32,
      100,
      0.1,
    );
    const expected = (inside: number) =>
      Float32Array.from({ length }, (_, index) => (index >= 32 && index < 100 ? inside : -1));
    expect(largestError(adam.read(parameters), Float64Array.from(expected(1.4)))).toBeLessThan(1e-7);
    expect(adam.read(firstMoments)).toEqual(expected(0));
    expect(adam.read(secondMoments)).toEqual(expected(0));
  });
});
