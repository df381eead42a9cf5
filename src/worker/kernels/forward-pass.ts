/** LeNet-5 forward, for one block of up to 16 samples, layer by layer. */
import { activate, PREACTIVATION_SCALE } from './activation.ts';
import { denseForward, scaleLines } from './dense.ts';
import * as first from './first-convolution.ts';
import { loadImageRow } from './images.ts';
import {
  C1_CHANNELS,
  C1_SIZE,
  C3_CHANNELS,
  C3_SIZE,
  C5_FEATURES,
  CLASSES,
  F6_FEATURES,
  S2_SIZE,
  S4_FEATURES,
  S4_SIZE,
} from './layer-shapes.ts';
import { F5_BIAS, F5_WEIGHT, F6_BIAS, F6_WEIGHT, F7_BIAS, F7_WEIGHT } from './parameter-layout.ts';
import { poolRows } from './pooling.ts';
import {
  C1_ACTIVATIONS,
  C1_ACTIVATIONS_ROW,
  C3_ACTIVATIONS,
  C3_ACTIVATIONS_ROW,
  C5,
  CONSTANTS,
  F6,
  LINE,
  LOGITS,
  S2_ROW,
  S4,
} from './scratch-layout.ts';
import * as second from './second-convolution.ts';

/** From the block's images to its logits. */
export function forwardBlock(parameters: usize, scratch: usize): void {
  for (let row: usize = 0; row < C1_SIZE; row++) {
    loadImageRow(row, scratch);
    first.transformImageRow(row, scratch);
  }
  for (let row: usize = 0; row < C1_SIZE; row++) {
    first.multiplyRow(row, scratch);
    first.finishRow(row, scratch);
    activate(scratch + CONSTANTS, scratch + C1_ACTIVATIONS + row * C1_ACTIVATIONS_ROW, C1_ACTIVATIONS_ROW);
    if (row & 1) {
      poolFirst(row >> 1, scratch);
      second.transformInputRow(row >> 1, scratch);
    }
  }
  for (let row: usize = 0; row < C3_SIZE; row++) {
    second.multiplyRow(row, scratch);
    second.finishRow(row, scratch);
    activate(scratch + CONSTANTS, scratch + C3_ACTIVATIONS + row * C3_ACTIVATIONS_ROW, C3_ACTIVATIONS_ROW);
    if (row & 1) poolSecond(row >> 1, scratch);
  }
  forwardDense(parameters, scratch);
}

/** Two rows of C1's activations into the row buffer, [channel][column]. */
function poolFirst(row: usize, scratch: usize): void {
  const upper = scratch + C1_ACTIVATIONS + 2 * row * C1_ACTIVATIONS_ROW;
  const out = scratch + S2_ROW;
  poolRows(scratch + CONSTANTS, upper, C1_ACTIVATIONS_ROW, out, S2_SIZE * LINE, C1_CHANNELS, S2_SIZE);
}

/** Two rows of C3's activations into row `row` of S4, [channel][row][column]. */
function poolSecond(row: usize, scratch: usize): void {
  const upper = scratch + C3_ACTIVATIONS + 2 * row * C3_ACTIVATIONS_ROW;
  const out = scratch + S4 + row * S4_SIZE * LINE;
  poolRows(
    scratch + CONSTANTS,
    upper,
    C3_ACTIVATIONS_ROW,
    out,
    S4_SIZE * S4_SIZE * LINE,
    C3_CHANNELS,
    S4_SIZE,
  );
}

function forwardDense(parameters: usize, scratch: usize): void {
  const s4 = scratch + S4;
  const c5 = scratch + C5;
  const f6 = scratch + F6;
  denseForward(parameters + F5_WEIGHT, parameters + F5_BIAS, s4, c5, S4_FEATURES, C5_FEATURES);
  activateFeatures(c5, C5_FEATURES, scratch);
  denseForward(parameters + F6_WEIGHT, parameters + F6_BIAS, c5, f6, C5_FEATURES, F6_FEATURES);
  activateFeatures(f6, F6_FEATURES, scratch);
  denseForward(parameters + F7_WEIGHT, parameters + F7_BIAS, f6, scratch + LOGITS, F6_FEATURES, CLASSES);
}

function activateFeatures(lines: usize, features: usize, scratch: usize): void {
  scaleLines(lines, features, PREACTIVATION_SCALE);
  activate(scratch + CONSTANTS, lines, features * LINE);
}
