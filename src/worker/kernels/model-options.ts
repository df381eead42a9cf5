/** What a run chose of the model and of its training, as words at the start of a worker's scratch. */
import { LOG2_E } from './constants.ts';
import { OPTIONS } from './scratch-layout.ts';

export const SIGMOID: i32 = 0;
export const TANH: i32 = 1;
export const RELU: i32 = 2;

export const AVERAGE: i32 = 0;
export const MAXIMUM: i32 = 1;

const ACTIVATION: usize = OPTIONS;
const POOLING: usize = OPTIONS + 4;
const BATCH_NORM: usize = OPTIONS + 8;
const LABEL_SMOOTHING: usize = OPTIONS + 12;
const DROPOUT: usize = OPTIONS + 16;
const KEY_LOW: usize = OPTIONS + 20;
const KEY_HIGH: usize = OPTIONS + 24;
const FLIP: usize = OPTIONS + 28;
const SHIFT: usize = OPTIONS + 32;
const ROTATION: usize = OPTIONS + 36;
const ERASING: usize = OPTIONS + 40;

export function configureModel(
  scratch: usize,
  activation: i32,
  pooling: i32,
  batchNorm: i32,
  labelSmoothing: f32,
  dropout: f32,
): void {
  store<i32>(scratch, activation, ACTIVATION);
  store<i32>(scratch, pooling, POOLING);
  store<i32>(scratch, batchNorm, BATCH_NORM);
  store<f32>(scratch, labelSmoothing, LABEL_SMOOTHING);
  store<f32>(scratch, dropout, DROPOUT);
}

export function configureRandomness(
  scratch: usize,
  keyLow: u32,
  keyHigh: u32,
  flip: i32,
  shift: i32,
  rotation: f32,
  erasing: f32,
): void {
  store<u32>(scratch, keyLow, KEY_LOW);
  store<u32>(scratch, keyHigh, KEY_HIGH);
  store<i32>(scratch, flip, FLIP);
  store<i32>(scratch, shift, SHIFT);
  store<f32>(scratch, rotation, ROTATION);
  store<f32>(scratch, erasing, ERASING);
}

@inline
export function activationKind(scratch: usize): i32 {
  return load<i32>(scratch, ACTIVATION);
}

@inline
export function poolingKind(scratch: usize): i32 {
  return load<i32>(scratch, POOLING);
}

@inline
export function hasBatchNorm(scratch: usize): bool {
  return load<i32>(scratch, BATCH_NORM) != 0;
}

/** Share of the target that is spread over all classes, 0 to 1. */
@inline
export function labelSmoothing(scratch: usize): f32 {
  return load<f32>(scratch, LABEL_SMOOTHING);
}

/** Probability that a feature of a dense layer is dropped, 0 to 1. */
@inline
export function dropout(scratch: usize): f32 {
  return load<f32>(scratch, DROPOUT);
}

/** The seed, as the key of the random generator. */
@inline
export function keyLow(scratch: usize): u32 {
  return load<u32>(scratch, KEY_LOW);
}

@inline
export function keyHigh(scratch: usize): u32 {
  return load<u32>(scratch, KEY_HIGH);
}

/** Whether half of the images are mirrored. */
@inline
export function augmentsByFlip(scratch: usize): bool {
  return load<i32>(scratch, FLIP) != 0;
}

/** Pixels by which an image is shifted at most, along each axis. */
@inline
export function largestShift(scratch: usize): i32 {
  return load<i32>(scratch, SHIFT);
}

/** Radians by which an image is turned at most, either way. */
@inline
export function largestRotation(scratch: usize): f32 {
  return load<f32>(scratch, ROTATION);
}

/** Probability that a rectangle of an image is erased. */
@inline
export function erasing(scratch: usize): f32 {
  return load<f32>(scratch, ERASING);
}

/** The activation takes its argument times this factor, so that layers can fold it into their weights and biases. */
export function preactivationScale(scratch: usize): f32 {
  const kind = activationKind(scratch);
  if (kind == SIGMOID) return -LOG2_E;
  return kind == TANH ? 2 * LOG2_E : 1;
}

/** What the convolutions fold in: batch normalization undoes any scale, and brings in the activation's itself. */
export function convolutionScale(scratch: usize): f32 {
  return hasBatchNorm(scratch) ? 1 : preactivationScale(scratch);
}
