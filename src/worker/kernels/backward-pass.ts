/** LeNet-5 backward, for one block of up to 16 samples, layer by layer. */
import { activationGradient } from './activation.ts';
import { constant, ONE } from './constants.ts';
import { denseBiasGradient, denseInputGradient, denseWeightGradient, linesToRecords } from './dense.ts';
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
import { F5_BIAS, F5_WEIGHT, F6_BIAS, F6_WEIGHT, F7_BIAS, F7_WEIGHT } from './parameter-layout.ts';
import { unpoolRow } from './pooling.ts';
import {
  C1_ACTIVATIONS,
  C1_ACTIVATIONS_ROW,
  C3_ACTIVATIONS,
  C3_ACTIVATIONS_ROW,
  C5,
  C5_GRADIENT,
  CONSTANTS,
  F6,
  F6_GRADIENT,
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
 */
export function backwardBlock(parameters: usize, firstSample: usize, scratch: usize): void {
  backwardDense(parameters, firstSample, scratch);
  for (let row: usize = 0; row < C3_SIZE; row++) {
    unpoolSecond(row, scratch);
    second.transformRowGradient(row, scratch);
  }
  second.accumulateWeightGradients(scratch);
  second.accumulateBiasGradients(scratch);
  for (let row: usize = 0; row < C1_SIZE; row++) {
    if ((row & 1) == 0) {
      second.multiplyRowGradient(row >> 1, scratch);
      second.finishRowGradient(scratch);
    }
    unpoolFirst(row, scratch);
    first.transformRowGradient(scratch);
    first.accumulateWeightGradients(row, scratch);
    first.accumulateBiasGradients(scratch);
  }
}

/** Row `row` of C1's pre-activations, from the row buffer into the other. */
function unpoolFirst(row: usize, scratch: usize): void {
  const gradient = scratch + S2_ROW;
  const activations = scratch + C1_ACTIVATIONS + row * C1_ACTIVATIONS_ROW;
  const out = scratch + ROW_GRADIENT;
  unpoolRow(scratch + CONSTANTS, gradient, S2_SIZE * LINE, activations, out, C1_CHANNELS, S2_SIZE);
}

/** Row `row` of C3's pre-activations, from S4, [channel][row][column], into the row buffer. */
function unpoolSecond(row: usize, scratch: usize): void {
  const gradient = scratch + S4_GRADIENT + (row >> 1) * S4_SIZE * LINE;
  const activations = scratch + C3_ACTIVATIONS + row * C3_ACTIVATIONS_ROW;
  const out = scratch + ROW_GRADIENT;
  unpoolRow(scratch + CONSTANTS, gradient, S4_SIZE * S4_SIZE * LINE, activations, out, C3_CHANNELS, S4_SIZE);
}

function backwardDense(parameters: usize, firstSample: usize, scratch: usize): void {
  const f6Gradient = scratch + F6_GRADIENT;
  const c5Gradient = scratch + C5_GRADIENT;
  const s4Gradient = scratch + S4_GRADIENT;
  denseInputGradient(parameters + F7_WEIGHT, scratch + LOGITS_GRADIENT, f6Gradient, F6_FEATURES, CLASSES);
  differentiateActivation(scratch + F6, f6Gradient, F6_FEATURES, scratch);
  denseInputGradient(parameters + F6_WEIGHT, f6Gradient, c5Gradient, C5_FEATURES, F6_FEATURES);
  differentiateActivation(scratch + C5, c5Gradient, C5_FEATURES, scratch);
  denseInputGradient(parameters + F5_WEIGHT, c5Gradient, s4Gradient, S4_FEATURES, C5_FEATURES);

  const record = scratch + RECORDS + firstSample * RECORD_BYTES;
  linesToRecords(scratch + S4, S4_FEATURES, record + RECORD_S4);
  linesToRecords(scratch + C5, C5_FEATURES, record + RECORD_C5);
  linesToRecords(scratch + F6, F6_FEATURES, record + RECORD_F6);
  linesToRecords(c5Gradient, C5_FEATURES, record + RECORD_C5_GRADIENT);
  linesToRecords(f6Gradient, F6_FEATURES, record + RECORD_F6_GRADIENT);
  linesToRecords(scratch + LOGITS_GRADIENT, CLASSES, record + RECORD_LOGITS_GRADIENT);
}

/** From the gradients of activations to those of pre-activations, in place. */
function differentiateActivation(
  activations: usize,
  gradients: usize,
  features: usize,
  scratch: usize,
): void {
  const one = constant(scratch + CONSTANTS, ONE);
  for (let byte: usize = 0; byte < features * LINE; byte += 16) {
    const at = gradients + byte;
    v128.store(at, activationGradient(v128.load(at), v128.load(activations + byte), one));
  }
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
