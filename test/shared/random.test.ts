import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { philox4x32, purposes, RandomStream } from '../../src/shared/random.ts';

describe('philox4x32', () => {
  // Random123 1.14, tests/kat_vectors, lines "philox4x32 10": counter, key, result.
  test.each([
    ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('encrypts counter %s with key %s as Random123 does', (counter, key, expected) => {
    const [counter0, counter1, counter2, counter3] = parseWords(counter) as [number, number, number, number];
    const [key0, key1] = parseWords(key) as [number, number];
    const words = new Uint32Array(4);
    philox4x32(counter0, counter1, counter2, counter3, key0, key1, words);
    expect([...words]).toEqual(parseWords(expected));
  });
});

describe('RandomStream', () => {
  test('puts the seed into the key, and index, purpose and stream into the counter', () => {
    const seed = 0x1b_5bd1_e995;
    const words = new Uint32Array(4);
    philox4x32(7, 0, 12, purposes.shuffle, 0x5bd1_e995, 0x1b, words);
    const random = new RandomStream(seed, purposes.shuffle, 12);
    expect([28, 29, 30, 31].map((index) => random.word(index))).toEqual([...words]);
  });

  test('gives the same draws in any order', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.array(fc.nat(), { minLength: 1 }), (seed, indices) => {
        const random = new RandomStream(seed, purposes.augmentation, 3);
        const fresh = indices.map((index) => new RandomStream(seed, purposes.augmentation, 3).word(index));
        expect(indices.map((index) => random.word(index))).toEqual(fresh);
        expect(indices.toReversed().map((index) => random.word(index))).toEqual(fresh.toReversed());
      }),
    );
  });

  test('differs between seeds (in their high words too), purposes and streams', () => {
    const draws = [
      new RandomStream(1, purposes.split, 0),
      new RandomStream(2, purposes.split, 0),
      new RandomStream(1 + 2 ** 32, purposes.split, 0),
      new RandomStream(1, purposes.shuffle, 0),
      new RandomStream(1, purposes.split, 1),
    ].map((random) => random.word(0));
    expect(new Set(draws).size).toBe(draws.length);
  });

  test('draws uniform values that fill [0, 1) evenly and are exact in single precision', () => {
    const random = new RandomStream(5, purposes.augmentation, 0);
    const counts = new Array<number>(64).fill(0);
    const draws = 64_000;
    for (let index = 0; index < draws; index++) {
      const value = random.uniform(index);
      expect(Math.fround(value)).toBe(value);
      const bin = Math.floor(value * 64);
      counts[bin] = (counts[bin] as number) + 1;
    }
    expect(chiSquare(counts, draws)).toBeLessThan(chiSquare63At999PerMille);
  });

  test('draws bounded integers evenly', () => {
    const random = new RandomStream(6, purposes.shuffle, 0);
    const counts = new Array<number>(64).fill(0);
    const draws = 64_000;
    for (let index = 0; index < draws; index++) {
      const value = random.below(64, index);
      counts[value] = (counts[value] as number) + 1;
    }
    expect(chiSquare(counts, draws)).toBeLessThan(chiSquare63At999PerMille);
  });

  test('stays unbiased where plain multiply-and-shift would be badly biased', () => {
    // With a bound of 3/4 · 2^32, multiply-and-shift hits every third integer twice as often as the others.
    const random = new RandomStream(7, purposes.shuffle, 0);
    const counts = [0, 0, 0];
    const draws = 30_000;
    for (let index = 0; index < draws; index++) {
      const remainder = random.below(3 * 2 ** 30, index) % 3;
      counts[remainder] = (counts[remainder] as number) + 1;
    }
    const chiSquare2At999PerMille = 13.8;
    expect(chiSquare(counts, draws)).toBeLessThan(chiSquare2At999PerMille);
  });

  test('keeps bounded integers below their bound', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        fc.nat(),
        (seed, bound, index) => {
          const value = new RandomStream(seed, purposes.shuffle, 0).below(bound, index);
          expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
        },
      ),
    );
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('refuses the seed %s', (seed) => {
    expect(() => new RandomStream(seed, purposes.split, 0)).toThrow(RangeError);
  });
});

const chiSquare63At999PerMille = 103.4;

function chiSquare(counts: readonly number[], draws: number): number {
  const expected = draws / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function parseWords(text: string): number[] {
  return text.split(' ').map((word) => Number.parseInt(word, 16));
}
