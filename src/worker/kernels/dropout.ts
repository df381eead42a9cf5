/** Dropout (Srivastava et al. 2014) of the dense layers' features; what is kept is scaled up, so that an evaluation has nothing to do. */
import { dropout } from './model-options.ts';
import { DROPOUT, drawWords } from './philox.ts';
import { BLOCK_SAMPLES, LINE } from './scratch-layout.ts';
import { mul } from './vector.ts';

/** Philox' words for four features of all samples of a block: [quad of samples][word][sample of the quad]. */
const WORDS_BYTES: usize = 4 * LINE;

/**
 * Draws the multipliers of `features` features, each a function of (seed, epoch, sample, feature), and multiplies.
 * @param firstBlock tells the layers apart: number of the first four features
 * @param features a multiple of 4
 * @param kept out: 0 or 1 / (1 - dropout), one line a feature
 * @param out the features times them; its last `WORDS_BYTES` hold the random words for a while, so it must be no shorter
 */
export function dropFeatures(
  lines: usize,
  features: usize,
  firstBlock: u32,
  epoch: u32,
  kept: usize,
  out: usize,
  scratch: usize,
): void {
  const probability = dropout(scratch);
  const threshold = i32x4.splat(<i32>(<u32>(<f64>probability * 4294967296.0)));
  const multiplier = f32x4.splat(1 / (1 - probability));
  const words = out + features * LINE - WORDS_BYTES;
  for (let feature: usize = 0; feature < features; feature += 4) {
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      const samples = scratch + BLOCK_SAMPLES + lane;
      drawWords(firstBlock + <u32>(feature >> 2), samples, epoch, DROPOUT, scratch, words + 4 * lane);
    }
    for (let word: usize = 0; word < 4; word++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        const drawn = v128.load(words + 4 * lane + 16 * word);
        v128.store(kept + word * LINE + lane, v128.and(multiplier, i32x4.ge_u(drawn, threshold)));
      }
    }
    kept += 4 * LINE;
  }
  multiplyLinesBy(kept - features * LINE, lines, features, out);
}

/** out = kept · lines, feature by feature. */
export function multiplyLinesBy(kept: usize, lines: usize, features: usize, out: usize): void {
  for (let byte: usize = 0; byte < features * LINE; byte += 16) {
    v128.store(out + byte, mul(v128.load(kept + byte), v128.load(lines + byte)));
  }
}
