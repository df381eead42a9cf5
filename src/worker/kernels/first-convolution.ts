/**
 * C1: 5×5, one input channel, six output channels, 28×28 with padding 2; Toom-Cook F(4, 5) along x, plain sums along y.
 * Here the forward pass; first-convolution-gradients.ts has the way back, which ends at the weights: images need no gradient.
 */

import { C1_CHANNELS, C1_SIZE } from './layer-shapes.ts';
import { convolutionScale } from './model-options.ts';
import { CONV1_BIAS, CONV1_WEIGHT } from './parameter-layout.ts';
import {
  C1_ACTIVATIONS,
  C1_ACTIVATIONS_ROW,
  C1_BIAS,
  C1_INPUT_TILES,
  C1_POINT_BYTES,
  C1_POINTS,
  C1_PRODUCTS,
  C1_ROW_BYTES,
  C1_TILES,
  C1_WEIGHTS,
  CONSTANTS,
  IMAGE_ROW,
  LINE,
} from './scratch-layout.ts';
import { transformInput, transformProducts } from './toom-cook-4-5.ts';
import { transformWeights } from './toom-cook-4-5-weights.ts';
import { add, mul } from './vector.ts';

export const CHANNELS = C1_CHANNELS;
const PADDING: usize = 2;
export const TAPS: usize = 5;
export const OUTPUTS: usize = 4;
/** Bytes of the ten weights that one pass of the forward loop holds: [kernel row][channel of the pair]. */
const WEIGHT_GROUP_BYTES: usize = 2 * TAPS * 4;

/** Transforms the weights into [channel pair][point][kernel row][channel of the pair], with the activation's scale folded in. */
export function prepareWeights(parameters: usize, scratch: usize): void {
  const scale = convolutionScale(scratch);
  const transformed = scratch + C1_PRODUCTS;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    for (let kernelRow: usize = 0; kernelRow < TAPS; kernelRow++) {
      const row = parameters + CONV1_WEIGHT + (channel * TAPS + kernelRow) * TAPS * 4;
      transformWeights(scratch + CONSTANTS, row, transformed);
      const out =
        scratch +
        C1_WEIGHTS +
        (channel >> 1) * C1_POINTS * WEIGHT_GROUP_BYTES +
        (kernelRow * 2 + (channel & 1)) * 4;
      for (let point: usize = 0; point < C1_POINTS; point++) {
        store<f32>(out + point * WEIGHT_GROUP_BYTES, scale * load<f32>(transformed + point * LINE));
      }
    }
    const bias = load<f32>(parameters + CONV1_BIAS + 4 * channel);
    store<f32>(scratch + C1_BIAS + 4 * channel, scale * bias);
  }
}

/** Sets the rows of padding above and below the image to zero; zero is its own transform. */
export function clearPadding(scratch: usize): void {
  const tiles = scratch + C1_INPUT_TILES;
  memory.fill(tiles, 0, PADDING * C1_ROW_BYTES);
  memory.fill(tiles + (PADDING + C1_SIZE) * C1_ROW_BYTES, 0, PADDING * C1_ROW_BYTES);
}

/** Transforms the padded image row into row `row` of the input tiles, [point][tile]. */
export function transformImageRow(row: usize, scratch: usize): void {
  let pixels = scratch + IMAGE_ROW;
  let out = scratch + C1_INPUT_TILES + (row + PADDING) * C1_ROW_BYTES;
  for (let tile: usize = 0; tile < C1_TILES; tile++) {
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      transformInput(scratch + CONSTANTS, pixels + lane, out + lane, C1_POINT_BYTES);
    }
    pixels += OUTPUTS * LINE;
    out += LINE;
  }
}

/** Row `row` of the products in the transform domain, [channel][point][tile]: ten weights stay in registers, the tiles stream by. */
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
      let tile = scratch + C1_INPUT_TILES + row * C1_ROW_BYTES + point * C1_POINT_BYTES;
      let out = scratch + C1_PRODUCTS + 2 * pair * C1_ROW_BYTES + point * C1_POINT_BYTES;
      const end = tile + C1_POINT_BYTES;
      while (tile < end) {
        const x0 = v128.load(tile);
        let u = mul(u0, x0);
        let v = mul(v0, x0);
        const x1 = v128.load(tile, C1_ROW_BYTES);
        u = add(u, mul(u1, x1));
        v = add(v, mul(v1, x1));
        const x2 = v128.load(tile, 2 * C1_ROW_BYTES);
        u = add(u, mul(u2, x2));
        v = add(v, mul(v2, x2));
        const x3 = v128.load(tile, 3 * C1_ROW_BYTES);
        u = add(u, mul(u3, x3));
        v = add(v, mul(v3, x3));
        const x4 = v128.load(tile, 4 * C1_ROW_BYTES);
        u = add(u, mul(u4, x4));
        v = add(v, mul(v4, x4));
        v128.store(out, u);
        v128.store(out, v, C1_ROW_BYTES);
        tile += 16;
        out += 16;
      }
      weights += WEIGHT_GROUP_BYTES;
    }
  }
}

/** From the products to the scaled pre-activations of row `row`, [channel][column], bias included. */
export function finishRow(row: usize, scratch: usize): void {
  let products = scratch + C1_PRODUCTS;
  let out = scratch + C1_ACTIVATIONS + row * C1_ACTIVATIONS_ROW;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    const bias = v128.load_splat<f32>(scratch + C1_BIAS + 4 * channel);
    for (let tile: usize = 0; tile < C1_TILES; tile++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        transformProducts(scratch + CONSTANTS, products + lane, C1_POINT_BYTES, out + lane, bias);
      }
      products += LINE;
      out += OUTPUTS * LINE;
    }
    products += C1_ROW_BYTES - C1_POINT_BYTES;
  }
}
