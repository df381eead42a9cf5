/** LeNet-5 forward and back, for one block of up to 16 samples, layer by layer. */
import { activate, activationGradient, PREACTIVATION_SCALE } from './activation.ts';
import { constant, ONE } from './constants.ts';
import {
  denseBiasGradient,
  denseForward,
  denseInputGradient,
  denseWeightGradient,
  linesToRecords,
  scaleLines,
} from './dense.ts';
import * as first from './first-convolution.ts';
import { loadImageRow } from './images.ts';
import { F5_BIAS, F5_WEIGHT, F6_BIAS, F6_WEIGHT, F7_BIAS, F7_WEIGHT } from './parameter-layout.ts';
import { poolRows, unpoolRow } from './pooling.ts';
import {
  C1_ACTIVATIONS,
  C3_ACTIVATIONS,
  C5,
  C5_GRADIENT,
  CONSTANTS,
  F6,
  F6_GRADIENT,
  LINE,
  LOGITS,
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
import * as second from './second-convolution.ts';

/** C1: 6 channels of 28×28, pooled to 14×14. */
const C1_CHANNELS: usize = 6;
const C1_SIZE: usize = 28;
const C1_ROW: usize = C1_CHANNELS * C1_SIZE * LINE;
const S2_SIZE: usize = 14;
/** C3: 16 channels of 10×10, pooled to 5×5. */
const C3_CHANNELS: usize = 16;
const C3_SIZE: usize = 10;
const C3_ROW: usize = C3_CHANNELS * C3_SIZE * LINE;
const S4_SIZE: usize = 5;

/** From the block's images to its logits. */
export function forwardBlock(parameters: usize, scratch: usize): void {
  for (let row: usize = 0; row < C1_SIZE; row++) {
    loadImageRow(row, scratch);
    first.transformImageRow(row, scratch);
  }
  for (let row: usize = 0; row < C1_SIZE; row++) {
    first.multiplyRow(row, scratch);
    first.finishRow(row, scratch);
    activate(scratch + CONSTANTS, scratch + C1_ACTIVATIONS + row * C1_ROW, C1_ROW);
    if (row & 1) {
      poolFirst(row >> 1, scratch);
      second.transformInputRow(row >> 1, scratch);
    }
  }
  for (let row: usize = 0; row < C3_SIZE; row++) {
    second.multiplyRow(row, scratch);
    second.finishRow(row, scratch);
    activate(scratch + CONSTANTS, scratch + C3_ACTIVATIONS + row * C3_ROW, C3_ROW);
    if (row & 1) poolSecond(row >> 1, scratch);
  }
  forwardDense(parameters, scratch);
}

function poolFirst(row: usize, scratch: usize): void {
  const upper = scratch + C1_ACTIVATIONS + 2 * row * C1_ROW;
  for (let channel: usize = 0; channel < C1_CHANNELS; channel++) {
    const at = upper + channel * C1_SIZE * LINE;
    poolRows(scratch + CONSTANTS, at, at + C1_ROW, scratch + S2_ROW + channel * S2_SIZE * LINE, S2_SIZE);
  }
}

function poolSecond(row: usize, scratch: usize): void {
  const upper = scratch + C3_ACTIVATIONS + 2 * row * C3_ROW;
  for (let channel: usize = 0; channel < C3_CHANNELS; channel++) {
    const at = upper + channel * C3_SIZE * LINE;
    poolRows(
      scratch + CONSTANTS,
      at,
      at + C3_ROW,
      scratch + S4 + (channel * S4_SIZE + row) * S4_SIZE * LINE,
      S4_SIZE,
    );
  }
}

function forwardDense(parameters: usize, scratch: usize): void {
  forwardF5(parameters, scratch);
  scaleLines(scratch + C5, 120, PREACTIVATION_SCALE);
  activate(scratch + CONSTANTS, scratch + C5, 120 * LINE);
  forwardF6(parameters, scratch);
  scaleLines(scratch + F6, 84, PREACTIVATION_SCALE);
  activate(scratch + CONSTANTS, scratch + F6, 84 * LINE);
  denseForward(parameters + F7_WEIGHT, parameters + F7_BIAS, scratch + F6, scratch + LOGITS, 84, 10);
}

// Functions of their own, so that V8 compiles and allocates registers for each product by itself.
function forwardF5(parameters: usize, scratch: usize): void {
  denseForward(parameters + F5_WEIGHT, parameters + F5_BIAS, scratch + S4, scratch + C5, 400, 120);
}

function forwardF6(parameters: usize, scratch: usize): void {
  denseForward(parameters + F6_WEIGHT, parameters + F6_BIAS, scratch + C5, scratch + F6, 120, 84);
}

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
    const activations = scratch + C1_ACTIVATIONS + row * C1_ROW + channel * C1_SIZE * LINE;
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
    const activations = scratch + C3_ACTIVATIONS + row * C3_ROW + channel * C3_SIZE * LINE;
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
  denseInputGradient(parameters + F7_WEIGHT, scratch + LOGITS_GRADIENT, scratch + F6_GRADIENT, 84, 10);
  differentiateActivation(scratch + F6, scratch + F6_GRADIENT, 84, scratch);
  backwardF6(parameters, scratch);
  differentiateActivation(scratch + C5, scratch + C5_GRADIENT, 120, scratch);
  backwardF5(parameters, scratch);
  const record = scratch + RECORDS + firstSample * RECORD_BYTES;
  linesToRecords(scratch + S4, 400, record + RECORD_S4);
  linesToRecords(scratch + C5, 120, record + RECORD_C5);
  linesToRecords(scratch + F6, 84, record + RECORD_F6);
  linesToRecords(scratch + C5_GRADIENT, 120, record + RECORD_C5_GRADIENT);
  linesToRecords(scratch + F6_GRADIENT, 84, record + RECORD_F6_GRADIENT);
  linesToRecords(scratch + LOGITS_GRADIENT, 10, record + RECORD_LOGITS_GRADIENT);
}

function backwardF6(parameters: usize, scratch: usize): void {
  denseInputGradient(parameters + F6_WEIGHT, scratch + F6_GRADIENT, scratch + C5_GRADIENT, 120, 84);
}

function backwardF5(parameters: usize, scratch: usize): void {
  denseInputGradient(parameters + F5_WEIGHT, scratch + C5_GRADIENT, scratch + S4_GRADIENT, 400, 120);
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
    84,
    10,
  );
  denseBiasGradient(records + RECORD_C5_GRADIENT, samples, gradients + F5_BIAS, 120);
  denseBiasGradient(records + RECORD_F6_GRADIENT, samples, gradients + F6_BIAS, 84);
  denseBiasGradient(records + RECORD_LOGITS_GRADIENT, samples, gradients + F7_BIAS, 10);
}

function finishF5(records: usize, samples: usize, gradients: usize): void {
  denseWeightGradient(
    records + RECORD_S4,
    records + RECORD_C5_GRADIENT,
    samples,
    gradients + F5_WEIGHT,
    400,
    120,
  );
}

function finishF6(records: usize, samples: usize, gradients: usize): void {
  denseWeightGradient(
    records + RECORD_C5,
    records + RECORD_F6_GRADIENT,
    samples,
    gradients + F6_WEIGHT,
    120,
    84,
  );
}
