/**
 * C3: 5×5, 6 input channels, 16 output channels, 14×14 to 10×10; Toom-Cook F(5, 5) along x, plain sums along y and over
 * channels. Here the forward pass; second-convolution-gradients.ts has the way back, on the same transformed tiles.
 *
 * Tiles lie in the order [tile][row][channel][point]: at one point of one tile, the terms of an output row (kernel row,
 * input channel) follow each other at one stride, and so do the terms of an input's gradient (row, output channel).
 */
import { C1_CHANNELS, C3_CHANNELS, C3_SIZE, S2_SIZE } from './layer-shapes.ts';
import { multiplyLines } from './micro-kernels.ts';
import { convolutionScale } from './model-options.ts';
import { CONV2_BIAS, CONV2_WEIGHT } from './parameter-layout.ts';
import {
  C3_ACTIVATIONS,
  C3_ACTIVATIONS_ROW,
  C3_BIAS,
  C3_INPUT_TILES,
  C3_POINTS,
  C3_PRODUCTS,
  C3_TERMS,
  C3_TILE_BYTES,
  C3_WEIGHTS,
  C3_WEIGHTS_BACKWARD,
  CONSTANTS,
  LINE,
  S2_ROW,
} from './scratch-layout.ts';
import { transformInput, transformProducts } from './toom-cook-5-5.ts';
import { transformWeights } from './toom-cook-5-5-weights.ts';
import { zero } from './vector.ts';

export const INPUT_CHANNELS = C1_CHANNELS;
export const CHANNELS = C3_CHANNELS;
export const INPUT_ROWS = S2_SIZE;
export const COLUMNS = C3_SIZE;
export const TILES: usize = 2;
export const TAPS: usize = 5;
export const OUTPUTS: usize = 5;
export const INPUT_ROW_BYTES: usize = INPUT_CHANNELS * C3_TILE_BYTES;
export const ROW_BYTES: usize = CHANNELS * C3_TILE_BYTES;
/** Terms of an input's gradient: kernel rows × output channels. */
export const BACKWARD_TERMS: usize = TAPS * CHANNELS;

/**
 * Transforms the weights into two orders: for the forward pass [point][output channel pair][kernel row, input channel][of
 * the pair], scaled for the activation; for the way back [point][input channel pair][4 - kernel row, output channel][of the pair].
 */
export function prepareWeights(parameters: usize, scratch: usize): void {
  const scale = convolutionScale(scratch);
  const transformed = scratch + C3_PRODUCTS;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    for (let input: usize = 0; input < INPUT_CHANNELS; input++) {
      for (let kernelRow: usize = 0; kernelRow < TAPS; kernelRow++) {
        const row =
          parameters + CONV2_WEIGHT + ((channel * INPUT_CHANNELS + input) * TAPS + kernelRow) * TAPS * 4;
        transformWeights(scratch + CONSTANTS, row, transformed);
        const term = kernelRow * INPUT_CHANNELS + input;
        const forward = ((channel >> 1) * C3_TERMS + term) * 2 + (channel & 1);
        const backwardTerm = (TAPS - 1 - kernelRow) * CHANNELS + channel;
        const backward = ((input >> 1) * BACKWARD_TERMS + backwardTerm) * 2 + (input & 1);
        for (let point: usize = 0; point < C3_POINTS; point++) {
          const weight = load<f32>(transformed + point * LINE);
          const pointStart = point * CHANNELS * C3_TERMS;
          store<f32>(scratch + C3_WEIGHTS + 4 * (pointStart + forward), scale * weight);
          store<f32>(scratch + C3_WEIGHTS_BACKWARD + 4 * (pointStart + backward), weight);
        }
      }
    }
    const bias = load<f32>(parameters + CONV2_BIAS + 4 * channel);
    store<f32>(scratch + C3_BIAS + 4 * channel, scale * bias);
  }
}

/** Transforms the pooled row in the row buffer, [channel][column 14], into row `row` of the input tiles. */
export function transformInputRow(row: usize, scratch: usize): void {
  for (let tile: usize = 0; tile < TILES; tile++) {
    let pixels = scratch + S2_ROW + tile * OUTPUTS * LINE;
    let out = scratch + C3_INPUT_TILES + (tile * INPUT_ROWS + row) * INPUT_ROW_BYTES;
    for (let channel: usize = 0; channel < INPUT_CHANNELS; channel++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        transformInput(scratch + CONSTANTS, pixels + lane, out + lane);
      }
      pixels += INPUT_ROWS * LINE;
      out += C3_TILE_BYTES;
    }
  }
}

/** Row `row` of the products in the transform domain, [tile][channel][point]. */
export function multiplyRow(row: usize, scratch: usize): void {
  let weights = scratch + C3_WEIGHTS;
  const none = zero();
  for (let point: usize = 0; point < C3_POINTS; point++) {
    for (let pair: usize = 0; pair < CHANNELS / 2; pair++) {
      for (let tile: usize = 0; tile < TILES; tile++) {
        const terms = scratch + C3_INPUT_TILES + (tile * INPUT_ROWS + row) * INPUT_ROW_BYTES + point * LINE;
        const out = scratch + C3_PRODUCTS + (tile * CHANNELS + 2 * pair) * C3_TILE_BYTES + point * LINE;
        multiplyLines(weights, 4, 8, terms, C3_TILE_BYTES, C3_TERMS, none, none, out, out + C3_TILE_BYTES);
      }
      weights += C3_TERMS * 2 * 4;
    }
  }
}

/** From the products to the scaled pre-activations of row `row`, [channel][column], bias included. */
export function finishRow(row: usize, scratch: usize): void {
  for (let tile: usize = 0; tile < TILES; tile++) {
    let products = scratch + C3_PRODUCTS + tile * ROW_BYTES;
    let out = scratch + C3_ACTIVATIONS + row * C3_ACTIVATIONS_ROW + tile * OUTPUTS * LINE;
    for (let channel: usize = 0; channel < CHANNELS; channel++) {
      const bias = v128.load_splat<f32>(scratch + C3_BIAS + 4 * channel);
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        transformProducts(scratch + CONSTANTS, products + lane, out + lane, bias);
      }
      products += C3_TILE_BYTES;
      out += COLUMNS * LINE;
    }
  }
}
