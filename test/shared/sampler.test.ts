import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochOrder, splitIndices } from '../../src/shared/sampler.ts';

const seeds = fc.maxSafeNat();

describe('splitIndices', () => {
  test('divides 60,000 samples into 48,000 and 12,000', () => {
    const { train, validation } = splitIndices(1, 60_000, 0.2);
    expect([train.length, validation.length]).toEqual([48_000, 12_000]);
  });

  test('puts every sample into exactly one of the two, in ascending order', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.nat(2000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, count, fraction) => {
          const { train, validation } = splitIndices(seed, count, fraction);
          expect(validation.length).toBe(Math.round(count * fraction));
          expect([...train, ...validation].sort((a, b) => a - b)).toEqual(range(count));
          expect(train).toEqual(train.slice().sort());
          expect(validation).toEqual(validation.slice().sort());
        },
      ),
    );
  });

  test('is the same for the same seed and another for another', () => {
    expect(splitIndices(1, 1000, 0.2)).toEqual(splitIndices(1, 1000, 0.2));
    expect(splitIndices(1, 1000, 0.2)).not.toEqual(splitIndices(2, 1000, 0.2));
  });

  test('takes validation samples from the whole range', () => {
    const { validation } = splitIndices(3, 60_000, 0.2);
    const mean = validation.reduce((sum, index) => sum + index, 0) / validation.length;
    // The mean of 12,000 draws without replacement has a standard deviation of 141.
    expect(Math.abs(mean - 29_999.5)).toBeLessThan(5 * 141);
  });
});

describe('epochOrder', () => {
  test('visits every training sample exactly once', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.nat(50),
        fc.uniqueArray(fc.nat(100_000), { maxLength: 500 }),
        (seed, epoch, samples) => {
          const train = Uint32Array.from(samples);
          const target = new Uint32Array(train.length);
          epochOrder(seed, epoch, train, target);
          expect(target.slice().sort()).toEqual(train.slice().sort());
          expect([...train]).toEqual(samples);
        },
      ),
    );
  });

  test('is the same for the same seed and epoch and another for another', () => {
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 0)).not.toEqual(order(1, 1));
    expect(order(1, 0)).not.toEqual(order(2, 0));
  });

  test('brings every sample to every place equally often', () => {
    const size = 6;
    const epochs = 6000;
    const counts = new Array<number>(size * size).fill(0);
    const train = Uint32Array.from(range(size));
    const target = new Uint32Array(size);
    for (let epoch = 0; epoch < epochs; epoch++) {
      epochOrder(9, epoch, train, target);
      for (const [place, sample] of target.entries()) {
        counts[place * size + sample] = (counts[place * size + sample] as number) + 1;
      }
    }
    // Binomial with p = 1/6: standard deviation 29 around 1000.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * 29);
  });

  test('refuses a target of another length', () => {
    expect(() => epochOrder(1, 0, new Uint32Array(3), new Uint32Array(4))).toThrow(
      'target must hold 3 samples, got 4',
    );
  });

  function order(seed: number, epoch: number): Uint32Array {
    const target = new Uint32Array(1000);
    epochOrder(seed, epoch, Uint32Array.from(range(1000)), target);
    return target;
  }
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
