/**
 * Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011), as in src/shared/random.ts: four random words out of a counter and the
 * seed as key, here for four samples at once, one a lane.
 */
import { keyHigh, keyLow } from './model-options.ts';

/** See `purposes` in src/shared/random.ts. */
export const AUGMENTATION: u32 = 3;
export const DROPOUT: u32 = 4;

const MULTIPLIER_0: i32 = 0xd2511f53;
const MULTIPLIER_1: i32 = 0xcd9e8d57;
const KEY_INCREMENT_0: i32 = 0x9e3779b9;
const KEY_INCREMENT_1: i32 = 0xbb67ae85;

/**
 * Word k of all four lanes goes to out + 16·k.
 * @param samples address of the four second words of the counter, which tell the samples apart
 */
export function drawWords(
  block: u32,
  samples: usize,
  stream: u32,
  purpose: u32,
  scratch: usize,
  out: usize,
): void {
  let word0 = i32x4.splat(block);
  let word1 = v128.load(samples);
  let word2 = i32x4.splat(stream);
  let word3 = i32x4.splat(purpose);
  let key0: i32 = keyLow(scratch);
  let key1: i32 = keyHigh(scratch);
  const multiplier0 = i32x4.splat(MULTIPLIER_0);
  const multiplier1 = i32x4.splat(MULTIPLIER_1);
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(multiplier0, word0);
    const low0 = i32x4.mul(multiplier0, word0);
    const high1 = multiplyHigh(multiplier1, word2);
    const low1 = i32x4.mul(multiplier1, word2);
    word0 = v128.xor(v128.xor(high1, word1), i32x4.splat(key0));
    word1 = low1;
    word2 = v128.xor(v128.xor(high0, word3), i32x4.splat(key1));
    word3 = low0;
    key0 += KEY_INCREMENT_0;
    key1 += KEY_INCREMENT_1;
  }
  v128.store(out, word0);
  v128.store(out, word1, 16);
  v128.store(out, word2, 32);
  v128.store(out, word3, 48);
}

/** The upper 32 bits of the unsigned products. */
@inline
function multiplyHigh(a: v128, b: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(a, b);
  const high = i64x2.extmul_high_i32x4_u(a, b);
  return i32x4.shuffle(low, high, 1, 3, 5, 7);
}
