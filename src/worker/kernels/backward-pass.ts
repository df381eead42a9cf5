/** LeNet-5 backward, for one block of up to 16 samples, layer by layer. */
import { differentiateActivation } from './activation.ts';
import { normalizeFirstBackward, normalizeSecondBackward } from './convolution-normalization.ts';
import { denseBiasGradient, denseInputGradient, denseWeightGradient, linesToRecords } from './dense.ts';
import { multiplyLinesBy } from './dropout.ts';
import * as first from './first-convolution-gradients.ts';
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
import { activationKind, dropout, hasBatchNorm, poolingKind } from './model-options.ts';
import { F5_BIAS, F5_WEIGHT, F6_BIAS, F6_WEIGHT, F7_BIAS, F7_WEIGHT } from './parameter-layout.ts';
import { unpoolRow } from './pooling.ts';
import {
  C1_ACTIVATIONS,
  C1_ACTIVATIONS_ROW,
  C1_NORMALIZED_GRADIENT,
  C3_ACTIVATIONS,
  C3_ACTIVATIONS_ROW,
  C3_GRADIENT,
  C3_POINTS,
  C3_TILES,
  C5,
  C5_DROPPED,
  C5_GRADIENT,
  C5_KEPT,
  CONSTANTS,
  F6,
  F6_DROPPED,
  F6_GRADIENT,
  F6_KEPT,
  LINE,
  LOGITS_GRADIENT,
  RECORD_BYTES,
  RECORD_C5,
  RECORD_C5_GRADIENT,
  RECORD_F6,
  RECORD_F6_GRADIENT,
  RECORD_LOGITS_GRADIENT,
  RECORD_S4,
  RECORDS,
  ROW_GRADIENT,
  S2_ROW,
  S4,
  S4_GRADIENT,
} from './scratch-layout.ts';
import * as second from './second-convolution-gradients.ts';

/**
 * From the gradient of the logits back to the images. Adds to the sums of the convolutions' gradients; leaves what the
 * dense layers' gradients want in the records of the samples from `firstSample` on.
 * @param samples of the block, 1 to 16
 * @param gradients the micro-shard's, where those of batch normalization go
 */
export function backwardBlock(
  parameters: usize,
  firstSample: usize,
  samples: usize,
  gradients: usize,
  scratch: usize,
): void {
  const normalizes = hasBatchNorm(scratch);
  backwardDense(parameters, firstSample, scratch);
  for (let row: usize = 0; row < C3_SIZE; row++) {
    unpoolSecond(row, scratch + C3_GRADIENT + row * C3_ACTIVATIONS_ROW, scratch);
  }
  if (normalizes) normalizeSecondBackward(parameters, samples, gradients, scratch);
  for (let tileRow: usize = 0; tileRow < C3_TILES; tileRow++)
    second.transformGradientColumns(tileRow, scratch);
  for (let pointRow: usize = 0; pointRow < C3_POINTS; pointRow++) {
    for (let tileRow: usize = 0; tileRow < C3_TILES; tileRow++) {
      second.transformPointRow(tileRow, pointRow, scratch);
      second.multiplyPointRowGradient(tileRow, pointRow, scratch);
    }
    second.accumulateWeightGradients(pointRow, scratch);
    second.accumulateBiasGradients(pointRow, scratch);
  }
  second.finishGradientColumns(scratch);
  for (let row: usize = 0; row < C1_SIZE; row++) {
    if ((row & 1) == 0) {
      second.finishRowGradient(row >> 1, scratch);
    }
    const rowGradient = normalizes
      ? scratch + C1_NORMALIZED_GRADIENT + row * C1_ACTIVATIONS_ROW
      : scratch + ROW_GRADIENT;
    unpoolFirst(row, rowGradient, scratch);
    if (!normalizes) accumulateFirst(rowGradient, row, scratch);
  }
  if (normalizes) {
    normalizeFirstBackward(parameters, samples, gradients, scratch);
    for (let row: usize = 0; row < C1_SIZE; row++) {
      accumulateFirst(scratch + C1_NORMALIZED_GRADIENT + row * C1_ACTIVATIONS_ROW, row, scratch);
    }
  }
}

function accumulateFirst(rowGradient: usize, row: usize, scratch: usize): void {
  first.transformRowGradient(rowGradient, scratch);
  first.accumulateWeightGradients(row, scratch);
  first.accumulateBiasGradients(scratch);
}

/** Row `row` of C1's pre-activations, from the row buffer. */
function unpoolFirst(row: usize, out: usize, scratch: usize): void {
  unpoolRow(
    poolingKind(scratch),
    activationKind(scratch),
    scratch + CONSTANTS,
    scratch + S2_ROW,
    S2_SIZE * LINE,
    scratch + C1_ACTIVATIONS + (row & ~1) * C1_ACTIVATIONS_ROW,
    C1_ACTIVATIONS_ROW,
    (row & 1) != 0,
    out,
    C1_CHANNELS,
    S2_SIZE,
  );
}

/** Row `row` of C3's pre-activations, from S4, [channel][row][column]. */
function unpoolSecond(row: usize, out: usize, scratch: usize): void {
  unpoolRow(
    poolingKind(scratch),
    activationKind(scratch),
    scratch + CONSTANTS,
    scratch + S4_GRADIENT + (row >> 1) * S4_SIZE * LINE,
    S4_SIZE * S4_SIZE * LINE,
    scratch + C3_ACTIVATIONS + (row & ~1) * C3_ACTIVATIONS_ROW,
    C3_ACTIVATIONS_ROW,
    (row & 1) != 0,
    out,
    C3_CHANNELS,
    S4_SIZE,
  );
}

function backwardDense(parameters: usize, firstSample: usize, scratch: usize): void {
  const drops = dropout(scratch) > 0;
  const f6Gradient = scratch + F6_GRADIENT;
  const c5Gradient = scratch + C5_GRADIENT;
  const s4Gradient = scratch + S4_GRADIENT;
  denseInputGradient(parameters + F7_WEIGHT, scratch + LOGITS_GRADIENT, f6Gradient, F6_FEATURES, CLASSES);
  if (drops) multiplyLinesBy(scratch + F6_KEPT, f6Gradient, F6_FEATURES, f6Gradient);
  differentiateFeatures(scratch + F6, f6Gradient, F6_FEATURES, scratch);
  denseInputGradient(parameters + F6_WEIGHT, f6Gradient, c5Gradient, C5_FEATURES, F6_FEATURES);
  if (drops) multiplyLinesBy(scratch + C5_KEPT, c5Gradient, C5_FEATURES, c5Gradient);
  differentiateFeatures(scratch + C5, c5Gradient, C5_FEATURES, scratch);
  denseInputGradient(parameters + F5_WEIGHT, c5Gradient, s4Gradient, S4_FEATURES, C5_FEATURES);

  const record = scratch + RECORDS + firstSample * RECORD_BYTES;
  const c5 = scratch + (drops ? C5_DROPPED : C5);
  const f6 = scratch + (drops ? F6_DROPPED : F6);
  linesToRecords(scratch + S4, S4_FEATURES, record + RECORD_S4);
  linesToRecords(c5, C5_FEATURES, record + RECORD_C5);
  linesToRecords(f6, F6_FEATURES, record + RECORD_F6);
  linesToRecords(c5Gradient, C5_FEATURES, record + RECORD_C5_GRADIENT);
  linesToRecords(f6Gradient, F6_FEATURES, record + RECORD_F6_GRADIENT);
  linesToRecords(scratch + LOGITS_GRADIENT, CLASSES, record + RECORD_LOGITS_GRADIENT);
}

function differentiateFeatures(activations: usize, gradients: usize, features: usize, scratch: usize): void {
  const kind = activationKind(scratch);
  differentiateActivation(kind, scratch + CONSTANTS, activations, gradients, features * LINE);
}

/** Once a micro-shard: from the sums and the records to the gradients of all parameters. `samples` is a multiple of 16. */
export function finishGradients(samples: usize, gradients: usize, scratch: usize): void {
  first.finishGradients(gradients, scratch);
  second.finishGradients(gradients, scratch);
  const records = scratch + RECORDS;
  const c5 = records + RECORD_C5_GRADIENT;
  denseWeightGradient(records + RECORD_S4, c5, samples, gradients + F5_WEIGHT, S4_FEATURES, C5_FEATURES);
  denseBiasGradient(c5, samples, gradients + F5_BIAS, C5_FEATURES);
  const f6 = records + RECORD_F6_GRADIENT;
  denseWeightGradient(records + RECORD_C5, f6, samples, gradients + F6_WEIGHT, C5_FEATURES, F6_FEATURES);
  denseBiasGradient(f6, samples, gradients + F6_BIAS, F6_FEATURES);
  const logits = records + RECORD_LOGITS_GRADIENT;
  denseWeightGradient(records + RECORD_F6, logits, samples, gradients + F7_WEIGHT, F6_FEATURES, CLASSES);
  denseBiasGradient(logits, samples, gradients + F7_BIAS, CLASSES);
}
