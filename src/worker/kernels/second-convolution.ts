/**
 * C3: 5×5, 6 input channels, 16 output channels, 14×14 to 10×10; Toom-Cook F(5, 5) along x and along y, plain sums over
 * channels: 81 multiplications for 25 outputs of a channel instead of 625. Here the forward pass;
 * second-convolution-gradients.ts has the way back, on the same transformed tiles.
 *
 * Two by two tiles cover the plane. A "point row" is what belongs to one of the nine points along y; at one of its nine
 * points along x, the tiles are neighbours, and one channel follows the other at one stride.
 */
import { C1_CHANNELS, C3_CHANNELS, C3_SIZE, S2_SIZE } from './layer-shapes.ts';
import { multiplyLines } from './micro-kernels.ts';
import { convolutionScale } from './model-options.ts';
import { CONV2_BIAS, CONV2_WEIGHT } from './parameter-layout.ts';
import {
  C3_ACTIVATIONS,
  C3_ACTIVATIONS_ROW,
  C3_BIAS,
  C3_INPUT_POINT_ROW,
  C3_INPUT_ROW,
  C3_INPUT_ROWS,
  C3_INPUT_TILES,
  C3_POINT_ROW,
  C3_POINT_ROWS,
  C3_POINTS,
  C3_PRODUCTS,
  C3_TILES,
  C3_WEIGHTS,
  C3_WEIGHTS_BACKWARD,
  CONSTANTS,
  LINE,
  S2_ROW,
} from './scratch-layout.ts';
import { transformProducts } from './toom-cook-5-5.ts';
import { transformInput } from './toom-cook-5-5-inputs.ts';
import { transformWeightColumns, transformWeights } from './toom-cook-5-5-weights.ts';
import { zero } from './vector.ts';

export const INPUT_CHANNELS = C1_CHANNELS;
export const CHANNELS = C3_CHANNELS;
export const INPUT_ROWS = S2_SIZE;
export const COLUMNS = C3_SIZE;
export const TAPS: usize = 5;
export const OUTPUTS: usize = 5;
/** Bytes from channel to channel: of one row of tiles, [point][tile], and of both rows, [point][tile along y][tile]. */
export const ROW_OF_TILES: usize = C3_POINTS * C3_TILES * LINE;
export const ALL_TILES: usize = C3_TILES * ROW_OF_TILES;
/** Bytes of one point's weights. */
export const POINT_WEIGHT_BYTES: usize = CHANNELS * INPUT_CHANNELS * 4;

/**
 * Transforms the weights into two orders: for the forward pass [point along y][point][output channel pair][input channel][of
 * the pair], scaled for the activation; for the way back [point along y][point][input channel pair][output channel][of the pair].
 */
export function prepareWeights(parameters: usize, scratch: usize): void {
  const scale = convolutionScale(scratch);
  const rows = scratch + C3_PRODUCTS;
  const transformed = rows + C3_POINTS * LINE;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    for (let input: usize = 0; input < INPUT_CHANNELS; input++) {
      const weights = parameters + CONV2_WEIGHT + (channel * INPUT_CHANNELS + input) * TAPS * TAPS * 4;
      transformWeightColumns(scratch + CONSTANTS, weights, rows);
      let forward =
        scratch + C3_WEIGHTS + 4 * (((channel >> 1) * INPUT_CHANNELS + input) * 2 + (channel & 1));
      let backward =
        scratch + C3_WEIGHTS_BACKWARD + 4 * (((input >> 1) * CHANNELS + channel) * 2 + (input & 1));
      for (let pointRow: usize = 0; pointRow < C3_POINTS; pointRow++) {
        transformWeights(scratch + CONSTANTS, rows + pointRow * LINE, transformed);
        for (let point: usize = 0; point < C3_POINTS; point++) {
          const weight = load<f32>(transformed + point * LINE);
          store<f32>(forward, scale * weight);
          store<f32>(backward, weight);
          forward += POINT_WEIGHT_BYTES;
          backward += POINT_WEIGHT_BYTES;
        }
      }
    }
    const bias = load<f32>(parameters + CONV2_BIAS + 4 * channel);
    store<f32>(scratch + C3_BIAS + 4 * channel, scale * bias);
  }
}

/** Transforms the pooled row in the row buffer, [channel][column 14], along x into row `row` of the input rows. */
export function transformInputRow(row: usize, scratch: usize): void {
  for (let tile: usize = 0; tile < C3_TILES; tile++) {
    let pixels = scratch + S2_ROW + tile * OUTPUTS * LINE;
    let out = scratch + C3_INPUT_ROWS + row * C3_INPUT_ROW + tile * LINE;
    for (let channel: usize = 0; channel < INPUT_CHANNELS; channel++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        transformInput(scratch + CONSTANTS, pixels + lane, LINE, out + lane, C3_TILES * LINE);
      }
      pixels += INPUT_ROWS * LINE;
      out += ROW_OF_TILES;
    }
  }
}

/** Transforms nine input rows along y into row `tileRow` of the input tiles. */
export function transformInputColumns(tileRow: usize, scratch: usize): void {
  let rows = scratch + C3_INPUT_ROWS + tileRow * OUTPUTS * C3_INPUT_ROW;
  let out = scratch + C3_INPUT_TILES + tileRow * C3_TILES * LINE;
  const end = rows + C3_INPUT_ROW;
  while (rows < end) {
    for (let byte: usize = 0; byte < C3_TILES * LINE; byte += 16) {
      transformInput(scratch + CONSTANTS, rows + byte, C3_INPUT_ROW, out + byte, C3_INPUT_POINT_ROW);
    }
    rows += C3_TILES * LINE;
    out += C3_TILES * C3_TILES * LINE;
  }
}

/** The products of a point row of one row of tiles, [channel][point][tile]. */
export function multiplyPointRow(tileRow: usize, pointRow: usize, scratch: usize): void {
  multiplyPoints(
    scratch + C3_WEIGHTS + pointRow * C3_POINTS * POINT_WEIGHT_BYTES,
    scratch + C3_INPUT_TILES + pointRow * C3_INPUT_POINT_ROW + tileRow * C3_TILES * LINE,
    INPUT_CHANNELS,
    scratch + C3_PRODUCTS,
    CHANNELS,
  );
}

/**
 * At each point of each tile of a row, `sums` sums of products of `terms` transformed values with their weights.
 * @param weights [point][pair of sums][term][of the pair]
 * @param values [term][point][tile along y][tile], from the row of tiles on
 * @param out [sum][point][tile]
 */
@inline
export function multiplyPoints(weights: usize, values: usize, terms: usize, out: usize, sums: usize): void {
  const none = zero();
  for (let point: usize = 0; point < C3_POINTS; point++) {
    for (let pair: usize = 0; pair < sums / 2; pair++) {
      for (let tile: usize = 0; tile < C3_TILES; tile++) {
        const to = out + pair * 2 * ROW_OF_TILES + tile * LINE;
        multiplyLines(weights, 4, 8, values + tile * LINE, ALL_TILES, terms, none, none, to, to + ROW_OF_TILES);
      }
      weights += terms * 2 * 4;
    }
    values += C3_TILES * C3_TILES * LINE;
    out += C3_TILES * LINE;
  }
}

/** From the products back along x, into a row of [channel][column]. */
export function finishPointRow(tileRow: usize, pointRow: usize, scratch: usize): void {
  const none = zero();
  for (let tile: usize = 0; tile < C3_TILES; tile++) {
    let products = scratch + C3_PRODUCTS + tile * LINE;
    let out =
      scratch + C3_POINT_ROWS + (tileRow * C3_POINTS + pointRow) * C3_POINT_ROW + tile * OUTPUTS * LINE;
    for (let channel: usize = 0; channel < CHANNELS; channel++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        transformProducts(scratch + CONSTANTS, products + lane, C3_TILES * LINE, out + lane, LINE, none);
      }
      products += ROW_OF_TILES;
      out += COLUMNS * LINE;
    }
  }
}

/** From there back along y: to the scaled pre-activations of five rows, [row][channel][column], bias included. */
export function finishRows(tileRow: usize, scratch: usize): void {
  let points = scratch + C3_POINT_ROWS + tileRow * C3_POINTS * C3_POINT_ROW;
  let out = scratch + C3_ACTIVATIONS + tileRow * OUTPUTS * C3_ACTIVATIONS_ROW;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    const bias = v128.load_splat<f32>(scratch + C3_BIAS + 4 * channel);
    for (let byte: usize = 0; byte < COLUMNS * LINE; byte += 16) {
      transformProducts(
        scratch + CONSTANTS,
        points + byte,
        C3_POINT_ROW,
        out + byte,
        C3_ACTIVATIONS_ROW,
        bias,
      );
    }
    points += COLUMNS * LINE;
    out += COLUMNS * LINE;
  }
}
