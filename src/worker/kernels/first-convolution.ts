/**
 * C1: 5×5, one input channel, six output channels, 28×28 with padding 2; Toom-Cook F(4, 5) along x, plain sums along y.
 * There is no gradient for the images, so two passes: forward, and the weights' gradients.
 */
import { constant } from './constants.ts';
import { PREACTIVATION_SCALE } from './activation.ts';
import {
  C1_ACTIVATIONS,
  C1_BIAS,
  C1_BIAS_SUMS,
  C1_INPUT_TILES,
  C1_POINTS,
  C1_PRODUCTS,
  C1_ROW_BYTES,
  C1_TILE_BYTES,
  C1_TILES,
  C1_WEIGHT_SUMS,
  C1_WEIGHTS,
  CONSTANTS,
  IMAGE_ROW,
  LINE,
  ROW_GRADIENT,
} from './scratch-layout.ts';
import { CONV1_BIAS, CONV1_WEIGHT } from './parameter-layout.ts';
import {
  transformInput,
  transformOutputGradient,
  transformProducts,
  transformWeightGradient,
  transformWeights,
} from './toom-cook-4-5.ts';
import { sumLines } from './micro-kernels.ts';
import { add, mul, sumOfLanes } from './vector.ts';

const CHANNELS: usize = 6;
const COLUMNS: usize = 28;
const TAPS: usize = 5;
const OUTPUTS: usize = 4;
/** Bytes of the ten weights that one pass of the forward loop holds: [kernel row][channel of the pair]. */
const WEIGHT_GROUP_BYTES: usize = 2 * TAPS * 4;
/** Bytes of the weight sums of one kernel row: [point], four partial sums each. */
const SUM_ROW_BYTES: usize = C1_POINTS * 16;

/** Transforms the weights into [channel pair][point][kernel row][channel of the pair], with the activation's scale folded in. */
export function prepareWeights(parameters: usize, scratch: usize): void {
  const transformed = scratch + C1_PRODUCTS;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    for (let kernelRow: usize = 0; kernelRow < TAPS; kernelRow++) {
      const row = parameters + CONV1_WEIGHT + (channel * TAPS + kernelRow) * TAPS * 4;
      transformWeights(
        scratch + CONSTANTS,
        transformed,
        v128.load_splat<f32>(row),
        v128.load_splat<f32>(row, 4),
        v128.load_splat<f32>(row, 8),
        v128.load_splat<f32>(row, 12),
        v128.load_splat<f32>(row, 16),
      );
      const out =
        scratch +
        C1_WEIGHTS +
        (channel >> 1) * C1_POINTS * WEIGHT_GROUP_BYTES +
        (kernelRow * 2 + (channel & 1)) * 4;
      for (let point: usize = 0; point < C1_POINTS; point++) {
        store<f32>(
          out + point * WEIGHT_GROUP_BYTES,
          PREACTIVATION_SCALE * load<f32>(transformed + point * LINE),
        );
      }
    }
    const bias = load<f32>(parameters + CONV1_BIAS + 4 * channel);
    store<f32>(scratch + C1_BIAS + 4 * channel, PREACTIVATION_SCALE * bias);
  }
}

/** Transforms the padded image row into row `row` of the input tiles, [tile][point]. */
export function transformImageRow(row: usize, scratch: usize): void {
  let pixels = scratch + IMAGE_ROW;
  let out = scratch + C1_INPUT_TILES + (row + 2) * C1_ROW_BYTES;
  for (let tile: usize = 0; tile < C1_TILES; tile++) {
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      const from = pixels + lane;
      transformInput(
        scratch + CONSTANTS,
        out + lane,
        v128.load(from),
        v128.load(from, LINE),
        v128.load(from, 2 * LINE),
        v128.load(from, 3 * LINE),
        v128.load(from, 4 * LINE),
        v128.load(from, 5 * LINE),
        v128.load(from, 6 * LINE),
        v128.load(from, 7 * LINE),
      );
    }
    pixels += OUTPUTS * LINE;
    out += C1_TILE_BYTES;
  }
}

/** Row `row` of the products in the transform domain, [channel][tile][point]: ten weights stay in registers, the tiles stream by. */
export function multiplyRow(row: usize, scratch: usize): void {
  let weights = scratch + C1_WEIGHTS;
  for (let pair: usize = 0; pair < CHANNELS / 2; pair++) {
    for (let point: usize = 0; point < C1_POINTS; point++) {
      const u0 = v128.load_splat<f32>(weights);
      const v0 = v128.load_splat<f32>(weights, 4);
      const u1 = v128.load_splat<f32>(weights, 8);
      const v1 = v128.load_splat<f32>(weights, 12);
      const u2 = v128.load_splat<f32>(weights, 16);
      const v2 = v128.load_splat<f32>(weights, 20);
      const u3 = v128.load_splat<f32>(weights, 24);
      const v3 = v128.load_splat<f32>(weights, 28);
      const u4 = v128.load_splat<f32>(weights, 32);
      const v4 = v128.load_splat<f32>(weights, 36);
      let tile = scratch + C1_INPUT_TILES + row * C1_ROW_BYTES + point * LINE;
      let out = scratch + C1_PRODUCTS + 2 * pair * C1_ROW_BYTES + point * LINE;
      const end = tile + C1_ROW_BYTES;
      while (tile < end) {
        for (let lane: usize = 0; lane < LINE; lane += 16) {
          const from = tile + lane;
          const x0 = v128.load(from);
          let u = mul(u0, x0);
          let v = mul(v0, x0);
          const x1 = v128.load(from, C1_ROW_BYTES);
          u = add(u, mul(u1, x1));
          v = add(v, mul(v1, x1));
          const x2 = v128.load(from, 2 * C1_ROW_BYTES);
          u = add(u, mul(u2, x2));
          v = add(v, mul(v2, x2));
          const x3 = v128.load(from, 3 * C1_ROW_BYTES);
          u = add(u, mul(u3, x3));
          v = add(v, mul(v3, x3));
          const x4 = v128.load(from, 4 * C1_ROW_BYTES);
          u = add(u, mul(u4, x4));
          v = add(v, mul(v4, x4));
          v128.store(out + lane, u);
          v128.store(out + lane, v, C1_ROW_BYTES);
        }
        tile += C1_TILE_BYTES;
        out += C1_TILE_BYTES;
      }
      weights += WEIGHT_GROUP_BYTES;
    }
  }
}

/** From the products to the scaled pre-activations of row `row`, [channel][column], bias included. */
export function finishRow(row: usize, scratch: usize): void {
  let products = scratch + C1_PRODUCTS;
  let out = scratch + C1_ACTIVATIONS + row * CHANNELS * COLUMNS * LINE;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    const bias = v128.load_splat<f32>(scratch + C1_BIAS + 4 * channel);
    for (let tile: usize = 0; tile < C1_TILES; tile++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        const from = products + lane;
        const to = out + lane;
        transformProducts(
          scratch + CONSTANTS,
          to,
          v128.load(from),
          v128.load(from, LINE),
          v128.load(from, 2 * LINE),
          v128.load(from, 3 * LINE),
          v128.load(from, 4 * LINE),
          v128.load(from, 5 * LINE),
          v128.load(from, 6 * LINE),
          v128.load(from, 7 * LINE),
          bias,
        );
      }
      products += C1_TILE_BYTES;
      out += OUTPUTS * LINE;
    }
  }
}

/** Transforms the gradient of one row of pre-activations, [channel][column], into [channel][tile][point]. */
export function transformRowGradient(scratch: usize): void {
  let gradient = scratch + ROW_GRADIENT;
  let out = scratch + C1_PRODUCTS;
  const end = out + CHANNELS * C1_ROW_BYTES;
  while (out < end) {
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      const from = gradient + lane;
      transformOutputGradient(
        scratch + CONSTANTS,
        out + lane,
        v128.load(from),
        v128.load(from, LINE),
        v128.load(from, 2 * LINE),
        v128.load(from, 3 * LINE),
      );
    }
    gradient += OUTPUTS * LINE;
    out += C1_TILE_BYTES;
  }
}

/** Adds row `row`'s share to the sums of the weights' gradients: for a pair of channels, all five kernel rows at once. */
export function accumulateWeightGradients(row: usize, scratch: usize): void {
  for (let pair: usize = 0; pair < CHANNELS / 2; pair++) {
    for (let point: usize = 0; point < C1_POINTS; point++) {
      const sums0 = scratch + C1_WEIGHT_SUMS + 2 * pair * TAPS * SUM_ROW_BYTES + point * 16;
      const sums1 = sums0 + TAPS * SUM_ROW_BYTES;
      let a0 = v128.load(sums0);
      let a1 = v128.load(sums0, SUM_ROW_BYTES);
      let a2 = v128.load(sums0, 2 * SUM_ROW_BYTES);
      let a3 = v128.load(sums0, 3 * SUM_ROW_BYTES);
      let a4 = v128.load(sums0, 4 * SUM_ROW_BYTES);
      let b0 = v128.load(sums1);
      let b1 = v128.load(sums1, SUM_ROW_BYTES);
      let b2 = v128.load(sums1, 2 * SUM_ROW_BYTES);
      let b3 = v128.load(sums1, 3 * SUM_ROW_BYTES);
      let b4 = v128.load(sums1, 4 * SUM_ROW_BYTES);
      let tile = scratch + C1_INPUT_TILES + row * C1_ROW_BYTES + point * LINE;
      let gradient = scratch + C1_PRODUCTS + 2 * pair * C1_ROW_BYTES + point * LINE;
      const end = tile + C1_ROW_BYTES;
      while (tile < end) {
        for (let lane: usize = 0; lane < LINE; lane += 16) {
          const from = tile + lane;
          const g = v128.load(gradient + lane);
          const h = v128.load(gradient + lane, C1_ROW_BYTES);
          const x0 = v128.load(from);
          a0 = add(a0, mul(g, x0));
          b0 = add(b0, mul(h, x0));
          const x1 = v128.load(from, C1_ROW_BYTES);
          a1 = add(a1, mul(g, x1));
          b1 = add(b1, mul(h, x1));
          const x2 = v128.load(from, 2 * C1_ROW_BYTES);
          a2 = add(a2, mul(g, x2));
          b2 = add(b2, mul(h, x2));
          const x3 = v128.load(from, 3 * C1_ROW_BYTES);
          a3 = add(a3, mul(g, x3));
          b3 = add(b3, mul(h, x3));
          const x4 = v128.load(from, 4 * C1_ROW_BYTES);
          a4 = add(a4, mul(g, x4));
          b4 = add(b4, mul(h, x4));
        }
        tile += C1_TILE_BYTES;
        gradient += C1_TILE_BYTES;
      }
      v128.store(sums0, a0);
      v128.store(sums0, a1, SUM_ROW_BYTES);
      v128.store(sums0, a2, 2 * SUM_ROW_BYTES);
      v128.store(sums0, a3, 3 * SUM_ROW_BYTES);
      v128.store(sums0, a4, 4 * SUM_ROW_BYTES);
      v128.store(sums1, b0);
      v128.store(sums1, b1, SUM_ROW_BYTES);
      v128.store(sums1, b2, 2 * SUM_ROW_BYTES);
      v128.store(sums1, b3, 3 * SUM_ROW_BYTES);
      v128.store(sums1, b4, 4 * SUM_ROW_BYTES);
    }
  }
}

/** Adds the current row's gradients to the sums of the biases' gradients: at the point 1 a tile's gradients are added up already. */
export function accumulateBiasGradients(scratch: usize): void {
  let gradient = scratch + C1_PRODUCTS + LINE;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    const sums = scratch + C1_BIAS_SUMS + 16 * channel;
    v128.store(sums, add(v128.load(sums), sumLines(gradient, C1_TILES, C1_TILE_BYTES)));
    gradient += C1_ROW_BYTES;
  }
}

/** From the sums over the micro-shard to the gradients of weights and biases. */
export function finishGradients(gradients: usize, scratch: usize): void {
  const taps = scratch + C1_PRODUCTS;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    for (let kernelRow: usize = 0; kernelRow < TAPS; kernelRow++) {
      const sums = scratch + C1_WEIGHT_SUMS + (channel * TAPS + kernelRow) * SUM_ROW_BYTES;
      transformWeightGradient(
        scratch + CONSTANTS,
        taps,
        v128.load(sums),
        v128.load(sums, 16),
        v128.load(sums, 32),
        v128.load(sums, 48),
        v128.load(sums, 64),
        v128.load(sums, 80),
        v128.load(sums, 96),
        v128.load(sums, 112),
      );
      const out = gradients + CONV1_WEIGHT + (channel * TAPS + kernelRow) * TAPS * 4;
      for (let tap: usize = 0; tap < TAPS; tap++) {
        store<f32>(out + 4 * tap, sumOfLanes(v128.load(taps + tap * LINE)));
      }
    }
    store<f32>(
      gradients + CONV1_BIAS + 4 * channel,
      sumOfLanes(v128.load(scratch + C1_BIAS_SUMS + 16 * channel)),
    );
  }
}
