import {
  constant,
  EXP2_C1,
  EXP2_C2,
  EXP2_C3,
  EXP2_C4,
  EXP2_C5,
  EXPONENT_LIMIT,
  MINUS_EXPONENT_LIMIT,
  ONE,
  ROUNDING_MAGIC,
  TWO,
} from './constants.ts';
import { exp2 } from './exponential.ts';
import { RELU, SIGMOID, TANH } from './model-options.ts';
import { add, mul, sub, zero } from './vector.ts';

/** The activation, in place, over `bytes` of pre-activations times `preactivationScale`. */
export function activate(kind: i32, constants: usize, lines: usize, bytes: usize): void {
  if (kind == SIGMOID) activateSmooth(SIGMOID, constants, lines, bytes);
  else if (kind == TANH) activateSmooth(TANH, constants, lines, bytes);
  else rectify(lines, bytes);
}

/**
 * Sigmoid: 1 / (1 + 2^x), with a relative error below 4e-7. Hyperbolic tangent: 1 - 2 / (1 + 2^x), with an absolute error
 * below 2.5e-7. Where 2^x would over- or underflow, the argument is clamped to ±126.
 * @param kind a literal, so that the loop holds one of the two alone
 */
@inline
function activateSmooth(kind: i32, constants: usize, lines: usize, bytes: usize): void {
  const one = constant(constants, ONE);
  const two = constant(constants, TWO);
  const limit = constant(constants, EXPONENT_LIMIT);
  const minusLimit = constant(constants, MINUS_EXPONENT_LIMIT);
  const magic = constant(constants, ROUNDING_MAGIC);
  const c1 = constant(constants, EXP2_C1);
  const c2 = constant(constants, EXP2_C2);
  const c3 = constant(constants, EXP2_C3);
  const c4 = constant(constants, EXP2_C4);
  const c5 = constant(constants, EXP2_C5);
  const end = lines + bytes;
  while (lines < end) {
    const power = exp2(v128.load(lines), limit, minusLimit, magic, one, c1, c2, c3, c4, c5);
    if (kind == SIGMOID) v128.store(lines, f32x4.div(one, add(one, power)));
    else v128.store(lines, sub(one, f32x4.div(two, add(one, power))));
    lines += 16;
  }
}

/** max(x, 0); NaN stays NaN. */
function rectify(lines: usize, bytes: usize): void {
  const end = lines + bytes;
  while (lines < end) {
    v128.store(lines, f32x4.pmax(v128.load(lines), zero()));
    lines += 16;
  }
}

/**
 * The gradient with respect to the (unscaled) pre-activation, from that of the activation and the activation itself:
 * g · a · (1 - a), g · (1 - a²), or g where a > 0.
 * @param kind a literal
 */
@inline
export function activationGradient(kind: i32, gradient: v128, activation: v128, one: v128): v128 {
  if (kind == SIGMOID) return mul(gradient, mul(activation, sub(one, activation)));
  if (kind == TANH) return mul(gradient, sub(one, mul(activation, activation)));
  return v128.and(gradient, f32x4.gt(activation, zero()));
}

/** From the gradients of activations to those of pre-activations, in place, over `bytes`. */
export function differentiateActivation(
  kind: i32,
  constants: usize,
  activations: usize,
  gradients: usize,
  bytes: usize,
): void {
  if (kind == SIGMOID) differentiate(SIGMOID, constants, activations, gradients, bytes);
  else if (kind == TANH) differentiate(TANH, constants, activations, gradients, bytes);
  else differentiate(RELU, constants, activations, gradients, bytes);
}

@inline
function differentiate(
  kind: i32,
  constants: usize,
  activations: usize,
  gradients: usize,
  bytes: usize,
): void {
  const one = constant(constants, ONE);
  for (let byte: usize = 0; byte < bytes; byte += 16) {
    const at = gradients + byte;
    v128.store(at, activationGradient(kind, v128.load(at), v128.load(activations + byte), one));
  }
}
