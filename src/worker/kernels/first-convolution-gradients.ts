/** The way back through C1: the gradients of its weights and biases. See first-convolution.ts for the algorithm. */

import { CHANNELS, OUTPUTS, TAPS } from './first-convolution.ts';
import { accumulateProducts, sumLines } from './micro-kernels.ts';
import { CONV1_BIAS, CONV1_WEIGHT } from './parameter-layout.ts';
import {
  C1_BIAS_SUMS,
  C1_INPUT_TILES,
  C1_POINT_BYTES,
  C1_POINTS,
  C1_PRODUCTS,
  C1_ROW_BYTES,
  C1_TILES,
  C1_WEIGHT_SUMS,
  CONSTANTS,
  LINE,
} from './scratch-layout.ts';
import { transformOutputGradient } from './toom-cook-4-5.ts';
import { transformWeightGradient } from './toom-cook-4-5-weights.ts';
import { add, mul, sumOfLanes } from './vector.ts';

/** Bytes of the weight sums of one kernel row: [point], four partial sums each. */
const SUM_ROW_BYTES: usize = C1_POINTS * 16;

/** Transforms the gradient of one row of outputs, [channel][column], into [channel][point][tile]. */
export function transformRowGradient(gradient: usize, scratch: usize): void {
  let out = scratch + C1_PRODUCTS;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    for (let tile: usize = 0; tile < C1_TILES; tile++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        transformOutputGradient(scratch + CONSTANTS, gradient + lane, out + lane, C1_POINT_BYTES);
      }
      gradient += OUTPUTS * LINE;
      out += LINE;
    }
    out += C1_ROW_BYTES - C1_POINT_BYTES;
  }
}

/** Adds row `row`'s share to the sums of the weights' gradients: four kernel rows and two channels at a time, then the fifth. */
export function accumulateWeightGradients(row: usize, scratch: usize): void {
  for (let point: usize = 0; point < C1_POINTS; point++) {
    const tiles = scratch + C1_INPUT_TILES + row * C1_ROW_BYTES + point * C1_POINT_BYTES;
    const gradients = scratch + C1_PRODUCTS + point * C1_POINT_BYTES;
    const sums = scratch + C1_WEIGHT_SUMS + point * 16;
    for (let channel: usize = 0; channel < CHANNELS; channel += 2) {
      accumulateProducts(
        tiles,
        C1_ROW_BYTES,
        gradients + channel * C1_ROW_BYTES,
        C1_ROW_BYTES,
        C1_POINT_BYTES,
        sums + channel * TAPS * SUM_ROW_BYTES,
        SUM_ROW_BYTES,
        TAPS * SUM_ROW_BYTES,
      );
    }
    accumulateLastKernelRow(tiles + 4 * C1_ROW_BYTES, gradients, sums + 4 * SUM_ROW_BYTES);
  }
}

/** The fifth kernel row, for all six channels. */
@inline
function accumulateLastKernelRow(tile: usize, gradient: usize, sums: usize): void {
  let sum0 = v128.load(sums);
  let sum1 = v128.load(sums, TAPS * SUM_ROW_BYTES);
  let sum2 = v128.load(sums, 2 * TAPS * SUM_ROW_BYTES);
  let sum3 = v128.load(sums, 3 * TAPS * SUM_ROW_BYTES);
  let sum4 = v128.load(sums, 4 * TAPS * SUM_ROW_BYTES);
  let sum5 = v128.load(sums, 5 * TAPS * SUM_ROW_BYTES);
  const end = tile + C1_POINT_BYTES;
  while (tile < end) {
    const x = v128.load(tile);
    sum0 = add(sum0, mul(x, v128.load(gradient)));
    sum1 = add(sum1, mul(x, v128.load(gradient, C1_ROW_BYTES)));
    sum2 = add(sum2, mul(x, v128.load(gradient, 2 * C1_ROW_BYTES)));
    sum3 = add(sum3, mul(x, v128.load(gradient, 3 * C1_ROW_BYTES)));
    sum4 = add(sum4, mul(x, v128.load(gradient, 4 * C1_ROW_BYTES)));
    sum5 = add(sum5, mul(x, v128.load(gradient, 5 * C1_ROW_BYTES)));
    tile += 16;
    gradient += 16;
  }
  v128.store(sums, sum0);
  v128.store(sums, sum1, TAPS * SUM_ROW_BYTES);
  v128.store(sums, sum2, 2 * TAPS * SUM_ROW_BYTES);
  v128.store(sums, sum3, 3 * TAPS * SUM_ROW_BYTES);
  v128.store(sums, sum4, 4 * TAPS * SUM_ROW_BYTES);
  v128.store(sums, sum5, 5 * TAPS * SUM_ROW_BYTES);
}

/** Adds the current row's gradients to the sums of the biases' gradients: at the point 1 a tile's gradients are added up already. */
export function accumulateBiasGradients(scratch: usize): void {
  let gradient = scratch + C1_PRODUCTS + C1_POINT_BYTES;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    const sums = scratch + C1_BIAS_SUMS + 16 * channel;
    v128.store(sums, add(v128.load(sums), sumLines(gradient, C1_TILES)));
    gradient += C1_ROW_BYTES;
  }
}

/** From the sums over the micro-shard to the gradients of weights and biases. */
export function finishGradients(gradients: usize, scratch: usize): void {
  const taps = scratch + C1_PRODUCTS;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    for (let kernelRow: usize = 0; kernelRow < TAPS; kernelRow++) {
      const sums = scratch + C1_WEIGHT_SUMS + (channel * TAPS + kernelRow) * SUM_ROW_BYTES;
      transformWeightGradient(scratch + CONSTANTS, sums, taps);
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
