import { describe, expect, test } from 'vitest';
import { digestedRange, digestModel, digestParameters } from '../../src/shared/parameter-digest.ts';
import { parameterCount } from '../../src/shared/parameters.ts';

describe('the digest of parameters', () => {
  const parameters = Float32Array.from({ length: 100 }, (_, index) => Math.fround(index / 7));

  test('is changed by each bit of what it covers, and by nothing else', () => {
    const before = digestParameters(parameters, 10, 90);
    const words = new Uint32Array(parameters.buffer);
    for (let bit = 0; bit < 32; bit++) {
      for (const [position, isCovered] of [
        [9, false],
        [10, true],
        [89, true],
        [90, false],
      ] as const) {
        words[position] = (words[position] as number) ^ (1 << bit);
        expect(digestParameters(parameters, 10, 90) !== before).toBe(isCovered);
        words[position] = (words[position] as number) ^ (1 << bit);
      }
    }
    expect(digestParameters(parameters, 10, 90)).toBe(before);
  });

  test('tells 0 from -0, and one order from another', () => {
    expect(digestParameters(Float32Array.of(0), 0, 1)).not.toBe(digestParameters(Float32Array.of(-0), 0, 1));
    expect(digestParameters(Float32Array.of(1, 2), 0, 2)).not.toBe(
      digestParameters(Float32Array.of(2, 1), 0, 2),
    );
  });

  test('of a model covers what is evaluated in the place of the parameters, too', () => {
    const averages = parameters.map((value) => value / 3);
    const before = digestModel(parameters, averages);
    expect(Number.isSafeInteger(before)).toBe(true);
    expect(digestModel(parameters.with(99, 0), averages)).not.toBe(before);
    expect(digestModel(parameters, averages.with(99, 0))).not.toBe(before);
    expect(digestModel(parameters, averages)).toBe(before);
  });

  test('covers all of them within sixteen steps', () => {
    const covered = new Uint8Array(parameterCount);
    for (let step = 100; step < 116; step++) {
      const { from, to } = digestedRange(step, parameterCount);
      covered.fill(1, from, to);
    }
    expect(covered.every((value) => value === 1)).toBe(true);
  });
});
