/** LeNet-5 backward, for one block of up to 16 samples, layer by layer. */
import { activationGradient } from './activation.ts';
import { ONE, constant } from './constants.ts';
import { denseBiasGradient, denseInputGradient, denseWeightGradient, linesToRecords } from './dense.ts';
import * as first from './first-convolution.ts';
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
  RECORDS,
  RECORD_BYTES,
  RECORD_C5,
  RECORD_C5_GRADIENT,
  RECORD_F6,
  RECORD_F6_GRADIENT,
  RECORD_LOGITS_GRADIENT,
  RECORD_S4,
  ROW_GRADIENT,
  S2_ROW,
  S4,
  S4_GRADIENT,
} from './scratch-layout.ts';
import * as second from './second-convolution.ts';

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

function unpoolFirst(row: usize, scratch: usize): void {
  for (let channel: usize = 0; channel < C1_CHANNELS; channel++) {
    const gradient = scratch + S2_ROW + channel * S2_SIZE * LINE;
    const activations = scratch + C1_ACTIVATIONS + row * C1_ACTIVATIONS_ROW + channel * C1_SIZE * LINE;
    unpoolRow(
      scratch + CONSTANTS,
      gradient,
      activations,
      scratch + ROW_GRADIENT + channel * C1_SIZE * LINE,
      S2_SIZE,
    );
  }
}

function unpoolSecond(row: usize, scratch: usize): void {
  for (let channel: usize = 0; channel < C3_CHANNELS; channel++) {
    const gradient = scratch + S4_GRADIENT + (channel * S4_SIZE + (row >> 1)) * S4_SIZE * LINE;
    const activations = scratch + C3_ACTIVATIONS + row * C3_ACTIVATIONS_ROW + channel * C3_SIZE * LINE;
    unpoolRow(
      scratch + CONSTANTS,
      gradient,
      activations,
      scratch + ROW_GRADIENT + channel * C3_SIZE * LINE,
      S4_SIZE,
    );
  }
}

function backwardDense(parameters: usize, firstSample: usize, scratch: usize): void {
  denseInputGradient(
    parameters + F7_WEIGHT,
    scratch + LOGITS_GRADIENT,
    scratch + F6_GRADIENT,
    F6_FEATURES,
    CLASSES,
  );
  differentiateActivation(scratch + F6, scratch + F6_GRADIENT, F6_FEATURES, scratch);
  backwardF6(parameters, scratch);
  differentiateActivation(scratch + C5, scratch + C5_GRADIENT, C5_FEATURES, scratch);
  backwardF5(parameters, scratch);
  const record = scratch + RECORDS + firstSample * RECORD_BYTES;
  linesToRecords(scratch + S4, S4_FEATURES, record + RECORD_S4);
  linesToRecords(scratch + C5, C5_FEATURES, record + RECORD_C5);
  linesToRecords(scratch + F6, F6_FEATURES, record + RECORD_F6);
  linesToRecords(scratch + C5_GRADIENT, C5_FEATURES, record + RECORD_C5_GRADIENT);
  linesToRecords(scratch + F6_GRADIENT, F6_FEATURES, record + RECORD_F6_GRADIENT);
  linesToRecords(scratch + LOGITS_GRADIENT, CLASSES, record + RECORD_LOGITS_GRADIENT);
}

function backwardF6(parameters: usize, scratch: usize): void {
  denseInputGradient(
    parameters + F6_WEIGHT,
    scratch + F6_GRADIENT,
    scratch + C5_GRADIENT,
    C5_FEATURES,
    F6_FEATURES,
  );
}

function backwardF5(parameters: usize, scratch: usize): void {
  denseInputGradient(
    parameters + F5_WEIGHT,
    scratch + C5_GRADIENT,
    scratch + S4_GRADIENT,
    S4_FEATURES,
    C5_FEATURES,
  );
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
  finishF5(records, samples, gradients);
  finishF6(records, samples, gradients);
  denseWeightGradient(
    records + RECORD_F6,
    records + RECORD_LOGITS_GRADIENT,
    samples,
    gradients + F7_WEIGHT,
    F6_FEATURES,
    CLASSES,
  );
  denseBiasGradient(records + RECORD_C5_GRADIENT, samples, gradients + F5_BIAS, C5_FEATURES);
  denseBiasGradient(records + RECORD_F6_GRADIENT, samples, gradients + F6_BIAS, F6_FEATURES);
  denseBiasGradient(records + RECORD_LOGITS_GRADIENT, samples, gradients + F7_BIAS, CLASSES);
}

function finishF5(records: usize, samples: usize, gradients: usize): void {
  denseWeightGradient(
    records + RECORD_S4,
    records + RECORD_C5_GRADIENT,
    samples,
    gradients + F5_WEIGHT,
    S4_FEATURES,
    C5_FEATURES,
  );
}

function finishF6(records: usize, samples: usize, gradients: usize): void {
  denseWeightGradient(
    records + RECORD_C5,
    records + RECORD_F6_GRADIENT,
    samples,
    gradients + F6_WEIGHT,
    C5_FEATURES,
    F6_FEATURES,
  );
}
