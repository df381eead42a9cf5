/**
 * Randomness without a state to share: every draw is a function of (seed, purpose, stream, index), so that workers,
 * resumed runs and other machines draw the same values in any order.
 *
 * The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * It needs 32-bit integer arithmetic only, which JavaScript defines exactly.
 */

/** What a draw is for. Each purpose has its own numbers; a number once given is never given again. */
export const purposes = { split: 0, shuffle: 1, initialValues: 2, augmentation: 3, dropout: 4 } as const;

export type Purpose = (typeof purposes)[keyof typeof purposes];

const roundCount = 10;
const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
/** Weyl increments of the key: the golden ratio and √3 − 1, in units of 2^-32. */
const keyIncrement0 = 0x9e3779b9;
const keyIncrement1 = 0xbb67ae85;

/** High 32 bits of the unsigned product, as an int32; the bits below come from `Math.imul`. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Neither sum exceeds 2^32 - 1, so the int32 patterns lose nothing, and >>> 16 reads them as unsigned again.
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/**
 * Encrypts a 128-bit counter with a 64-bit key into four random words.
 * @param words uint32[4], overwritten
 */
export function philox4x32(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  words: Uint32Array,
): void {
  let word0 = counter0 | 0;
  let word1 = counter1 | 0;
  let word2 = counter2 | 0;
  let word3 = counter3 | 0;
  let roundKey0 = key0 | 0;
  let roundKey1 = key1 | 0;
  for (let round = 0; round < roundCount; round++) {
    const high0 = multiplyHigh(multiplier0, word0);
    const low0 = Math.imul(multiplier0, word0);
    const high1 = multiplyHigh(multiplier1, word2);
    const low1 = Math.imul(multiplier1, word2);
    word0 = high1 ^ word1 ^ roundKey0;
    word1 = low1;
    word2 = high0 ^ word3 ^ roundKey1;
    word3 = low0;
    roundKey0 = (roundKey0 + keyIncrement0) | 0;
    roundKey1 = (roundKey1 + keyIncrement1) | 0;
  }
  words[0] = word0;
  words[1] = word1;
  words[2] = word2;
  words[3] = word3;
}

/**
 * The draws of one purpose and stream, by index. Indices may be asked for in any order and any number of times;
 * neighbours share a Philox block, so going through them in order is fastest.
 */
export class RandomStream {
  readonly #key0: number;
  readonly #key1: number;
  readonly #purpose: Purpose;
  readonly #stream: number;
  readonly #words = new Uint32Array(4);
  #block = -1;
  #attempt = -1;

  /**
   * @param seed integer, 0 to 2^53 - 1
   * @param stream uint32: the epoch, or whatever else tells the streams of one purpose apart
   * @throws RangeError if the seed is not such an integer
   */
  constructor(seed: number, purpose: Purpose, stream: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`seed must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
    }
    this.#key0 = seed >>> 0;
    this.#key1 = Math.floor(seed / 2 ** 32);
    this.#purpose = purpose;
    this.#stream = stream;
  }

  /** The uint32 at `index` (uint32). */
  word(index: number): number {
    return this.#draw(index, 0);
  }

  /** A multiple of 2^-24 in [0, 1), exact in single precision. */
  uniform(index: number): number {
    return (this.#draw(index, 0) >>> 8) * 2 ** -24;
  }

  /**
   * An integer in [0, bound), each exactly as likely as the others, for a bound from 1 to 2^32 - 1.
   * Source: Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019, algorithm 5.
   */
  below(bound: number, index: number): number {
    for (let attempt = 0; ; attempt++) {
      const word = this.#draw(index, attempt);
      const fraction = Math.imul(word, bound) >>> 0;
      // 2^32 mod bound words are too many; the division that tells which ones is seldom needed.
      if (fraction >= bound || fraction >= 2 ** 32 % bound) return multiplyHigh(word, bound) >>> 0;
    }
  }

  #draw(index: number, attempt: number): number {
    const block = index >>> 2;
    if (block !== this.#block || attempt !== this.#attempt) {
      philox4x32(block, attempt, this.#stream, this.#purpose, this.#key0, this.#key1, this.#words);
      this.#block = block;
      this.#attempt = attempt;
    }
    return this.#words[index & 3] as number;
  }
}
