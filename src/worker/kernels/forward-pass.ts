/** LeNet-5 forward, for one block of up to 16 samples, layer by layer. */
import { PREACTIVATION_SCALE, activate } from './activation.ts';
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

function poolFirst(row: usize, scratch: usize): void {
  const upper = scratch + C1_ACTIVATIONS + 2 * row * C1_ACTIVATIONS_ROW;
  for (let channel: usize = 0; channel < C1_CHANNELS; channel++) {
    const at = upper + channel * C1_SIZE * LINE;
    poolRows(
      scratch + CONSTANTS,
      at,
      at + C1_ACTIVATIONS_ROW,
      scratch + S2_ROW + channel * S2_SIZE * LINE,
      S2_SIZE,
    );
  }
}

function poolSecond(row: usize, scratch: usize): void {
  const upper = scratch + C3_ACTIVATIONS + 2 * row * C3_ACTIVATIONS_ROW;
  for (let channel: usize = 0; channel < C3_CHANNELS; channel++) {
    const at = upper + channel * C3_SIZE * LINE;
    poolRows(
      scratch + CONSTANTS,
      at,
      at + C3_ACTIVATIONS_ROW,
      scratch + S4 + (channel * S4_SIZE + row) * S4_SIZE * LINE,
      S4_SIZE,
    );
  }
}

function forwardDense(parameters: usize, scratch: usize): void {
  forwardF5(parameters, scratch);
  scaleLines(scratch + C5, C5_FEATURES, PREACTIVATION_SCALE);
  activate(scratch + CONSTANTS, scratch + C5, C5_FEATURES * LINE);
  forwardF6(parameters, scratch);
  scaleLines(scratch + F6, F6_FEATURES, PREACTIVATION_SCALE);
  activate(scratch + CONSTANTS, scratch + F6, F6_FEATURES * LINE);
  denseForward(
    parameters + F7_WEIGHT,
    parameters + F7_BIAS,
    scratch + F6,
    scratch + LOGITS,
    F6_FEATURES,
    CLASSES,
  );
}

// Functions of their own, so that V8 compiles and allocates registers for each product by itself.
function forwardF5(parameters: usize, scratch: usize): void {
  denseForward(
    parameters + F5_WEIGHT,
    parameters + F5_BIAS,
    scratch + S4,
    scratch + C5,
    S4_FEATURES,
    C5_FEATURES,
  );
}

function forwardF6(parameters: usize, scratch: usize): void {
  denseForward(
    parameters + F6_WEIGHT,
    parameters + F6_BIAS,
    scratch + C5,
    scratch + F6,
    C5_FEATURES,
    F6_FEATURES,
  );
}
