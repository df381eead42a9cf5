/** LeNet-5 forward, for one block of up to 16 samples, layer by layer. */
import { activate } from './activation.ts';
import { normalizeFirst, normalizeSecond } from './convolution-normalization.ts';
import { denseForward, scaleLines } from './dense.ts';
import { dropFeatures } from './dropout.ts';
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
import { activationKind, dropout, hasBatchNorm, poolingKind, preactivationScale } from './model-options.ts';
import { F5_BIAS, F5_WEIGHT, F6_BIAS, F6_WEIGHT, F7_BIAS, F7_WEIGHT } from './parameter-layout.ts';
import { poolRows } from './pooling.ts';
import {
  C1_ACTIVATIONS,
  C1_ACTIVATIONS_ROW,
  C3_ACTIVATIONS,
  C3_ACTIVATIONS_ROW,
  C3_POINTS,
  C3_TILES,
  C5,
  C5_DROPPED,
  C5_KEPT,
  CONSTANTS,
  F6,
  F6_DROPPED,
  F6_KEPT,
  LINE,
  LOGITS,
  S2_ROW,
  S4,
} from './scratch-layout.ts';
import * as second from './second-convolution.ts';

/**
 * From the block's images to its logits.
 * @param samples of the block, 1 to 16
 * @param training with dropout, and with the block's own statistics in batch normalization
 */
export function forwardBlock(
  parameters: usize,
  samples: usize,
  epoch: u32,
  training: bool,
  scratch: usize,
): void {
  const normalizes = hasBatchNorm(scratch);
  for (let row: usize = 0; row < C1_SIZE; row++) {
    loadImageRow(row, scratch);
    first.transformImageRow(row, scratch);
  }
  for (let row: usize = 0; row < C1_SIZE; row++) {
    first.multiplyRow(row, scratch);
    first.finishRow(row, scratch);
    if (!normalizes) activateFirst(row, scratch);
  }
  if (normalizes) {
    normalizeFirst(parameters, samples, training, scratch);
    for (let row: usize = 0; row < C1_SIZE; row++) activateFirst(row, scratch);
  }
  for (let tileRow: usize = 0; tileRow < C3_TILES; tileRow++) {
    second.transformInputColumns(tileRow, scratch);
    for (let pointRow: usize = 0; pointRow < C3_POINTS; pointRow++) {
      second.multiplyPointRow(tileRow, pointRow, scratch);
      second.finishPointRow(tileRow, pointRow, scratch);
    }
    second.finishRows(tileRow, scratch);
  }
  if (normalizes) normalizeSecond(parameters, samples, training, scratch);
  for (let row: usize = 0; row < C3_SIZE; row++) activateSecond(row, scratch);
  forwardDense(parameters, epoch, training, scratch);
}

/** Row `row` of C1's activations; every second one completes a pooled row, and with it one of C3's input rows. */
function activateFirst(row: usize, scratch: usize): void {
  const activations = scratch + C1_ACTIVATIONS + row * C1_ACTIVATIONS_ROW;
  activate(activationKind(scratch), scratch + CONSTANTS, activations, C1_ACTIVATIONS_ROW);
  if ((row & 1) == 0) return;
  poolRows(
    poolingKind(scratch),
    scratch + CONSTANTS,
    activations - C1_ACTIVATIONS_ROW,
    C1_ACTIVATIONS_ROW,
    scratch + S2_ROW,
    S2_SIZE * LINE,
    C1_CHANNELS,
    S2_SIZE,
  );
  second.transformInputRow(row >> 1, scratch);
}

/** Row `row` of C3's activations; every second one completes a row of S4, [channel][row][column]. */
function activateSecond(row: usize, scratch: usize): void {
  const activations = scratch + C3_ACTIVATIONS + row * C3_ACTIVATIONS_ROW;
  activate(activationKind(scratch), scratch + CONSTANTS, activations, C3_ACTIVATIONS_ROW);
  if ((row & 1) == 0) return;
  poolRows(
    poolingKind(scratch),
    scratch + CONSTANTS,
    activations - C3_ACTIVATIONS_ROW,
    C3_ACTIVATIONS_ROW,
    scratch + S4 + (row >> 1) * S4_SIZE * LINE,
    S4_SIZE * S4_SIZE * LINE,
    C3_CHANNELS,
    S4_SIZE,
  );
}

function forwardDense(parameters: usize, epoch: u32, training: bool, scratch: usize): void {
  const drops = training && dropout(scratch) > 0;
  const s4 = scratch + S4;
  let c5 = scratch + C5;
  denseForward(parameters + F5_WEIGHT, parameters + F5_BIAS, s4, c5, S4_FEATURES, C5_FEATURES);
  activateFeatures(c5, C5_FEATURES, scratch);
  if (drops) {
    dropFeatures(c5, C5_FEATURES, 0, epoch, scratch + C5_KEPT, scratch + C5_DROPPED, scratch);
    c5 = scratch + C5_DROPPED;
  }
  let f6 = scratch + F6;
  denseForward(parameters + F6_WEIGHT, parameters + F6_BIAS, c5, f6, C5_FEATURES, F6_FEATURES);
  activateFeatures(f6, F6_FEATURES, scratch);
  if (drops) {
    const firstBlock = <u32>(C5_FEATURES / 4);
    dropFeatures(f6, F6_FEATURES, firstBlock, epoch, scratch + F6_KEPT, scratch + F6_DROPPED, scratch);
    f6 = scratch + F6_DROPPED;
  }
  denseForward(parameters + F7_WEIGHT, parameters + F7_BIAS, f6, scratch + LOGITS, F6_FEATURES, CLASSES);
}

function activateFeatures(lines: usize, features: usize, scratch: usize): void {
  scaleLines(lines, features, preactivationScale(scratch));
  activate(activationKind(scratch), scratch + CONSTANTS, lines, features * LINE);
}
