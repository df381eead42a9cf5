/** Batch normalization of the two convolutions: where their values, statistics and parameters lie. */
import {
  measureChannels,
  normalize,
  normalizeBackward,
  recallChannels,
  storeRunningSums,
} from './batch-normalization.ts';
import { C1_CHANNELS, C1_SIZE, C3_CHANNELS, C3_SIZE } from './layer-shapes.ts';
import { preactivationScale } from './model-options.ts';
import {
  BN1_BIAS,
  BN1_RUNNING_MEAN,
  BN1_RUNNING_VARIANCE,
  BN1_WEIGHT,
  BN2_BIAS,
  BN2_RUNNING_MEAN,
  BN2_RUNNING_VARIANCE,
  BN2_WEIGHT,
} from './parameter-layout.ts';
import {
  C1_ACTIVATIONS,
  C1_NORMALIZED,
  C1_NORMALIZED_GRADIENT,
  C1_STATISTICS,
  C3_ACTIVATIONS,
  C3_GRADIENT,
  C3_NORMALIZED,
  C3_STATISTICS,
} from './scratch-layout.ts';

/** C1's outputs, all rows of them, to scaled pre-activations, in place. */
export function normalizeFirst(parameters: usize, samples: usize, training: bool, scratch: usize): void {
  const values = scratch + C1_ACTIVATIONS;
  const statistics = scratch + C1_STATISTICS;
  if (training) measureChannels(values, C1_SIZE, C1_CHANNELS, C1_SIZE, samples, statistics, scratch);
  else {
    const mean = parameters + BN1_RUNNING_MEAN;
    recallChannels(mean, parameters + BN1_RUNNING_VARIANCE, C1_CHANNELS, statistics);
  }
  normalize(
    values,
    C1_SIZE,
    C1_CHANNELS,
    C1_SIZE,
    statistics,
    parameters + BN1_WEIGHT,
    parameters + BN1_BIAS,
    preactivationScale(scratch),
    scratch + C1_NORMALIZED,
  );
}

export function normalizeSecond(parameters: usize, samples: usize, training: bool, scratch: usize): void {
  const values = scratch + C3_ACTIVATIONS;
  const statistics = scratch + C3_STATISTICS;
  if (training) measureChannels(values, C3_SIZE, C3_CHANNELS, C3_SIZE, samples, statistics, scratch);
  else {
    const mean = parameters + BN2_RUNNING_MEAN;
    recallChannels(mean, parameters + BN2_RUNNING_VARIANCE, C3_CHANNELS, statistics);
  }
  normalize(
    values,
    C3_SIZE,
    C3_CHANNELS,
    C3_SIZE,
    statistics,
    parameters + BN2_WEIGHT,
    parameters + BN2_BIAS,
    preactivationScale(scratch),
    scratch + C3_NORMALIZED,
  );
}

/** From the gradients of C1's pre-activations, all rows of them, to those of its outputs, in place. */
export function normalizeFirstBackward(
  parameters: usize,
  samples: usize,
  gradients: usize,
  scratch: usize,
): void {
  const statistics = scratch + C1_STATISTICS;
  normalizeBackward(
    scratch + C1_NORMALIZED_GRADIENT,
    scratch + C1_NORMALIZED,
    C1_SIZE,
    C1_CHANNELS,
    C1_SIZE,
    samples,
    statistics,
    parameters + BN1_WEIGHT,
    gradients + BN1_WEIGHT,
    gradients + BN1_BIAS,
    scratch,
  );
  storeRunningSums(
    statistics,
    C1_CHANNELS,
    C1_SIZE * C1_SIZE,
    samples,
    gradients + BN1_RUNNING_MEAN,
    gradients + BN1_RUNNING_VARIANCE,
  );
}

export function normalizeSecondBackward(
  parameters: usize,
  samples: usize,
  gradients: usize,
  scratch: usize,
): void {
  const statistics = scratch + C3_STATISTICS;
  normalizeBackward(
    scratch + C3_GRADIENT,
    scratch + C3_NORMALIZED,
    C3_SIZE,
    C3_CHANNELS,
    C3_SIZE,
    samples,
    statistics,
    parameters + BN2_WEIGHT,
    gradients + BN2_WEIGHT,
    gradients + BN2_BIAS,
    scratch,
  );
  storeRunningSums(
    statistics,
    C3_CHANNELS,
    C3_SIZE * C3_SIZE,
    samples,
    gradients + BN2_RUNNING_MEAN,
    gradients + BN2_RUNNING_VARIANCE,
  );
}
