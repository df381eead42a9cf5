/** The way back through C3; see second-convolution.ts for the algorithm and the order of the tiles. */
import { C3_SIZE } from './layer-shapes.ts';
import { accumulateProducts, multiplyLines, sumLines } from './micro-kernels.ts';
import { CONV2_BIAS, CONV2_WEIGHT } from './parameter-layout.ts';
import {
  C3_BIAS_SUMS,
  C3_GRADIENT_TILES,
  C3_INPUT_GRADIENT_TILES,
  C3_INPUT_TILES,
  C3_POINTS,
  C3_PRODUCTS,
  C3_TERMS,
  C3_TILE_BYTES,
  C3_WEIGHT_SUMS,
  C3_WEIGHTS_BACKWARD,
  CONSTANTS,
  LINE,
  S2_ROW,
} from './scratch-layout.ts';
import {
  BACKWARD_TERMS,
  CHANNELS,
  COLUMNS,
  INPUT_CHANNELS,
  INPUT_ROW_BYTES,
  INPUT_ROWS,
  OUTPUTS,
  ROW_BYTES,
  TAPS,
  TILES,
} from './second-convolution.ts';
import { transformInputGradient, transformOutputGradient } from './toom-cook-5-5.ts';
import { transformWeightGradient } from './toom-cook-5-5-weights.ts';
import { add, sumOfLanes, zero } from './vector.ts';

const ROWS = C3_SIZE;
/** Bytes of the weight sums of one term: [point], four partial sums each. */
const SUM_TERM_BYTES: usize = C3_POINTS * 16;
const SUM_CHANNEL_BYTES: usize = C3_TERMS * SUM_TERM_BYTES;

/** Transforms the gradient of row `row` of outputs, [channel][column], into the gradient tiles. */
export function transformRowGradient(rowGradient: usize, row: usize, scratch: usize): void {
  for (let tile: usize = 0; tile < TILES; tile++) {
    let gradient = rowGradient + tile * OUTPUTS * LINE;
    let out = scratch + C3_GRADIENT_TILES + (tile * ROWS + row) * ROW_BYTES;
    for (let channel: usize = 0; channel < CHANNELS; channel++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        transformOutputGradient(scratch + CONSTANTS, gradient + lane, out + lane);
      }
      gradient += COLUMNS * LINE;
      out += C3_TILE_BYTES;
    }
  }
}

/** The gradient of row `row` of the inputs, in the transform domain: [tile][channel][point], over the kernel rows that touch it. */
export function multiplyRowGradient(row: usize, scratch: usize): void {
  const firstRow: usize = row < TAPS ? 0 : row - (TAPS - 1);
  const lastRow: usize = row < ROWS ? row : ROWS - 1;
  const steps = (lastRow - firstRow + 1) * CHANNELS;
  // The first term belongs to kernel row `row - firstRow`.
  const firstTerm = (TAPS - 1 - (row - firstRow)) * CHANNELS;
  let weights = scratch + C3_WEIGHTS_BACKWARD + firstTerm * 2 * 4;
  const none = zero();
  for (let point: usize = 0; point < C3_POINTS; point++) {
    for (let pair: usize = 0; pair < INPUT_CHANNELS / 2; pair++) {
      for (let tile: usize = 0; tile < TILES; tile++) {
        const terms = scratch + C3_GRADIENT_TILES + (tile * ROWS + firstRow) * ROW_BYTES + point * LINE;
        const out =
          scratch +
          C3_INPUT_GRADIENT_TILES +
          (tile * INPUT_CHANNELS + 2 * pair) * C3_TILE_BYTES +
          point * LINE;
        multiplyLines(weights, 4, 8, terms, C3_TILE_BYTES, steps, none, none, out, out + C3_TILE_BYTES);
      }
      weights += BACKWARD_TERMS * 2 * 4;
    }
  }
}

/** From there to the gradient of the pooled row, [channel][column 14]; the two tiles overlap by four columns. */
export function finishRowGradient(scratch: usize): void {
  for (let channel: usize = 0; channel < INPUT_CHANNELS; channel++) {
    const left = scratch + C3_INPUT_GRADIENT_TILES + channel * C3_TILE_BYTES;
    const right = left + INPUT_ROW_BYTES;
    invertTile(left, scratch);
    invertTile(right, scratch);
    const out = scratch + S2_ROW + channel * INPUT_ROWS * LINE;
    memory.copy(out, left, OUTPUTS * LINE);
    for (let byte: usize = 0; byte < 4 * LINE; byte += 16) {
      v128.store(
        out + OUTPUTS * LINE + byte,
        add(v128.load(left + OUTPUTS * LINE + byte), v128.load(right + byte)),
      );
    }
    memory.copy(out + C3_POINTS * LINE, right + 4 * LINE, OUTPUTS * LINE);
  }
}

function invertTile(tile: usize, scratch: usize): void {
  for (let lane: usize = 0; lane < LINE; lane += 16) {
    transformInputGradient(scratch + CONSTANTS, tile + lane, tile + lane);
  }
}

/** Adds the block's share to the sums of the weights' gradients: four output channels and two terms at a time. */
export function accumulateWeightGradients(scratch: usize): void {
  for (let point: usize = 0; point < C3_POINTS; point++) {
    for (let tile: usize = 0; tile < TILES; tile++) {
      const gradients = scratch + C3_GRADIENT_TILES + tile * ROWS * ROW_BYTES + point * LINE;
      const inputs = scratch + C3_INPUT_TILES + tile * INPUT_ROWS * INPUT_ROW_BYTES + point * LINE;
      const sums = scratch + C3_WEIGHT_SUMS + point * 16;
      for (let channel: usize = 0; channel < CHANNELS; channel += 4) {
        for (let term: usize = 0; term < C3_TERMS; term += 2) {
          accumulateProducts(
            gradients + channel * C3_TILE_BYTES,
            C3_TILE_BYTES,
            ROW_BYTES,
            inputs + term * C3_TILE_BYTES,
            C3_TILE_BYTES,
            INPUT_ROW_BYTES,
            ROWS,
            sums + channel * SUM_CHANNEL_BYTES + term * SUM_TERM_BYTES,
            SUM_CHANNEL_BYTES,
            SUM_TERM_BYTES,
          );
        }
      }
    }
  }
}

/** Adds the block's gradients to the sums of the biases' gradients: at the point 1 a tile's gradients are added up already. */
export function accumulateBiasGradients(scratch: usize): void {
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    const sums = scratch + C3_BIAS_SUMS + 16 * channel;
    const gradients = scratch + C3_GRADIENT_TILES + channel * C3_TILE_BYTES + LINE;
    v128.store(sums, add(v128.load(sums), sumLines(gradients, TILES * ROWS, ROW_BYTES)));
  }
}

/** From the sums over the micro-shard to the gradients of weights and biases. */
export function finishGradients(gradients: usize, scratch: usize): void {
  const taps = scratch + C3_PRODUCTS;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    for (let input: usize = 0; input < INPUT_CHANNELS; input++) {
      for (let kernelRow: usize = 0; kernelRow < TAPS; kernelRow++) {
        const term = kernelRow * INPUT_CHANNELS + input;
        const sums = scratch + C3_WEIGHT_SUMS + channel * SUM_CHANNEL_BYTES + term * SUM_TERM_BYTES;
        transformWeightGradient(scratch + CONSTANTS, sums, taps);
        const out =
          gradients + CONV2_WEIGHT + ((channel * INPUT_CHANNELS + input) * TAPS + kernelRow) * TAPS * 4;
        for (let tap: usize = 0; tap < TAPS; tap++) {
          store<f32>(out + 4 * tap, sumOfLanes(v128.load(taps + tap * LINE)));
        }
      }
    }
    store<f32>(
      gradients + CONV2_BIAS + 4 * channel,
      sumOfLanes(v128.load(scratch + C3_BIAS_SUMS + 16 * channel)),
    );
  }
}
