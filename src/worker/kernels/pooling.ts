/** Pooling 2×2, stride 2, one pooled row of all channels at a time. One line a value. */
import { activationGradient } from './activation.ts';
import { constant, ONE } from './constants.ts';
import { AVERAGE, MAXIMUM, RELU, SIGMOID, TANH } from './model-options.ts';
import { LINE } from './scratch-layout.ts';
import { QUARTER } from './transform-constants.ts';
import { add, mul } from './vector.ts';

/**
 * @param upper the upper row of activations, [channel][2 · columns]; the lower row lies `rowBytes` behind it
 * @param out [channel][columns], the channels `outStride` bytes apart
 */
export function poolRows(
  pooling: i32,
  constants: usize,
  upper: usize,
  rowBytes: usize,
  out: usize,
  outStride: usize,
  channels: usize,
  columns: usize,
): void {
  if (pooling == AVERAGE) pool(AVERAGE, constants, upper, rowBytes, out, outStride, channels, columns);
  else pool(MAXIMUM, constants, upper, rowBytes, out, outStride, channels, columns);
}

/** @param pooling a literal, so that the loop holds one kind alone */
@inline
function pool(
  pooling: i32,
  constants: usize,
  upper: usize,
  rowBytes: usize,
  out: usize,
  outStride: usize,
  channels: usize,
  columns: usize,
): void {
  const quarter = v128.load(constants, QUARTER);
  for (let channel: usize = 0; channel < channels; channel++) {
    let pooled = out + channel * outStride;
    for (let column: usize = 0; column < columns; column++) {
      const lower = upper + rowBytes;
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        if (pooling == AVERAGE) {
          const above = add(v128.load(upper + lane), v128.load(upper + lane, LINE));
          const below = add(v128.load(lower + lane), v128.load(lower + lane, LINE));
          v128.store(pooled + lane, mul(quarter, add(above, below)));
        } else {
          v128.store(pooled + lane, largestOfWindow(upper + lane, lower + lane));
        }
      }
      upper += 2 * LINE;
      pooled += LINE;
    }
  }
}

/** Unlike pmax, max hands on a NaN of either side. */
@inline
function largestOfWindow(upper: usize, lower: usize): v128 {
  const above = f32x4.max(v128.load(upper), v128.load(upper, LINE));
  const below = f32x4.max(v128.load(lower), v128.load(lower, LINE));
  return f32x4.max(above, below);
}

/**
 * Back through the pooling and the activation before it, for one row of activations.
 * @param gradient gradient of the pooled row, [channel][columns], the channels `gradientStride` bytes apart
 * @param upper the upper row of activations of the windows, [channel][2 · columns]; the lower one lies `rowBytes` behind it
 * @param isLower which of the two rows the gradient is wanted of
 * @param out gradient with respect to the pre-activations, [channel][2 · columns]
 */
export function unpoolRow(
  pooling: i32,
  activation: i32,
  constants: usize,
  gradient: usize,
  gradientStride: usize,
  upper: usize,
  rowBytes: usize,
  isLower: bool,
  out: usize,
  channels: usize,
  columns: usize,
): void {
  if (pooling == AVERAGE) {
    const row = isLower ? upper + rowBytes : upper;
    if (activation == SIGMOID)
      unpoolAverage(SIGMOID, constants, gradient, gradientStride, row, out, channels, columns);
    else if (activation == TANH)
      unpoolAverage(TANH, constants, gradient, gradientStride, row, out, channels, columns);
    else unpoolAverage(RELU, constants, gradient, gradientStride, row, out, channels, columns);
  } else if (activation == SIGMOID)
    unpoolMaximum(SIGMOID, constants, gradient, gradientStride, upper, rowBytes, isLower, out, channels, columns);
  else if (activation == TANH)
    unpoolMaximum(TANH, constants, gradient, gradientStride, upper, rowBytes, isLower, out, channels, columns);
  else unpoolMaximum(RELU, constants, gradient, gradientStride, upper, rowBytes, isLower, out, channels, columns);
}

@inline
function unpoolAverage(
  activation: i32,
  constants: usize,
  gradient: usize,
  gradientStride: usize,
  row: usize,
  out: usize,
  channels: usize,
  columns: usize,
): void {
  const quarter = v128.load(constants, QUARTER);
  const one = constant(constants, ONE);
  for (let channel: usize = 0; channel < channels; channel++) {
    let pooled = gradient + channel * gradientStride;
    for (let column: usize = 0; column < columns; column++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        const share = mul(quarter, v128.load(pooled + lane));
        v128.store(out + lane, activationGradient(activation, share, v128.load(row + lane), one));
        v128.store(out + lane, activationGradient(activation, share, v128.load(row + lane, LINE), one), LINE);
      }
      pooled += LINE;
      row += 2 * LINE;
      out += 2 * LINE;
    }
  }
}

/** The whole gradient goes to the first of the largest values, row by row. */
@inline
function unpoolMaximum(
  activation: i32,
  constants: usize,
  gradient: usize,
  gradientStride: usize,
  upper: usize,
  rowBytes: usize,
  isLower: bool,
  out: usize,
  channels: usize,
  columns: usize,
): void {
  const one = constant(constants, ONE);
  for (let channel: usize = 0; channel < channels; channel++) {
    let pooled = gradient + channel * gradientStride;
    for (let column: usize = 0; column < columns; column++) {
      const lower = upper + rowBytes;
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        const largest = largestOfWindow(upper + lane, lower + lane);
        let left = v128.load(upper + lane);
        let right = v128.load(upper + lane, LINE);
        let isLeft = f32x4.eq(left, largest);
        let isRight = v128.andnot(f32x4.eq(right, largest), isLeft);
        if (isLower) {
          const isAbove = v128.or(isLeft, isRight);
          left = v128.load(lower + lane);
          right = v128.load(lower + lane, LINE);
          isLeft = v128.andnot(f32x4.eq(left, largest), isAbove);
          isRight = v128.andnot(v128.andnot(f32x4.eq(right, largest), isAbove), isLeft);
        }
        const whole = v128.load(pooled + lane);
        v128.store(out + lane, activationGradient(activation, v128.and(whole, isLeft), left, one));
        v128.store(out + lane, activationGradient(activation, v128.and(whole, isRight), right, one), LINE);
      }
      pooled += LINE;
      upper += 2 * LINE;
      out += 2 * LINE;
    }
  }
}
