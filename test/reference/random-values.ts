import { referenceModel } from '../../src/shared/model-options.ts';
import { parameterLayout } from '../../src/shared/parameters.ts';

/** A small seeded generator for test inputs (mulberry32): numbers in [0, 1), independent of the one under test. */
export function seededGenerator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` values, uniform in ±bound. */
export function randomValues(generator: () => number, length: number, bound = 1): Float64Array {
  return Float64Array.from({ length }, () => (generator() * 2 - 1) * bound);
}

/**
 * Parameters of a model, uniform in ±scale/√fan_in. PyTorch's initial values have scale 1; with about 3 the
 * activations leave the linear part of the sigmoid, which tells more about an engine. Scales and running variances
 * are about 1.
 */
export function randomParameters(seed: number, scale = 1, model = referenceModel): Float32Array {
  const generator = seededGenerator(seed);
  const layout = parameterLayout(model);
  const parameters = new Float32Array(layout.length);
  for (const { role, offset, length, fanIn } of layout.tensors) {
    const isAboutOne = role === 'scale' || role === 'running variance';
    const values = isAboutOne
      ? randomValues(generator, length, 0.5).map((value) => 1 + value)
      : randomValues(generator, length, scale / Math.sqrt(fanIn));
    parameters.set(values, offset);
  }
  return parameters;
}
