import {
  constant,
  EXPONENT_LIMIT,
  MINUS_EXPONENT_LIMIT,
  ONE,
  ROUNDING_MAGIC,
  TANGENT_1,
  TANGENT_3,
  TANGENT_5,
} from './constants.ts';
import { clamp, halfTangent, scaleByPower } from './exponential.ts';
import { RELU, SIGMOID, TANH } from './model-options.ts';
import { add, mul, sub, zero } from './vector.ts';

/** The activation, in place, over `bytes` (whole lines) of pre-activations times `preactivationScale`. */
export function activate(kind: i32, constants: usize, lines: usize, bytes: usize): void {
  if (kind == SIGMOID) activateSmooth(SIGMOID, constants, lines, bytes);
  else if (kind == TANH) activateSmooth(TANH, constants, lines, bytes);
  else rectify(lines, bytes);
}

/**
 * Sigmoid: 1 / (1 + 2^x), with a relative error below 3e-7. Hyperbolic tangent: (2^x - 1) / (2^x + 1), with an absolute error
 * below 2e-7. Where 2^x would over- or underflow, the argument is clamped to ±126. 2^x is a quotient (see exp2), whose
 * division is spared here: numerator and denominator go into that of the activation.
 *
 * Two neighbouring vectors a round, both loaded before one is stored: so a compiler that can will make one of 256 bits of them.
 * @param kind a literal, so that the loop holds one of the two alone
 */
@inline
function activateSmooth(kind: i32, constants: usize, lines: usize, bytes: usize): void {
  const one = constant(constants, ONE);
  const limit = constant(constants, EXPONENT_LIMIT);
  const minusLimit = constant(constants, MINUS_EXPONENT_LIMIT);
  const magic = constant(constants, ROUNDING_MAGIC);
  const t1 = constant(constants, TANGENT_1);
  const t3 = constant(constants, TANGENT_3);
  const t5 = constant(constants, TANGENT_5);
  const end = lines + bytes;
  while (lines < end) {
    const x0 = clamp(v128.load(lines), limit, minusLimit);
    const x1 = clamp(v128.load(lines, 16), limit, minusLimit);
    const y0 = smooth(kind, x0, one, magic, t1, t3, t5);
    const y1 = smooth(kind, x1, one, magic, t1, t3, t5);
    v128.store(lines, y0);
    v128.store(lines, y1, 16);
    lines += 32;
  }
}

@inline
function smooth(kind: i32, x: v128, one: v128, magic: v128, t1: v128, t3: v128, t5: v128): v128 {
  const shifted = add(x, magic);
  const t = halfTangent(x, shifted, magic, t1, t3, t5);
  const denominator = sub(one, t);
  const numerator = scaleByPower(add(one, t), shifted);
  const sum = add(numerator, denominator);
  return kind == SIGMOID ? f32x4.div(denominator, sum) : f32x4.div(sub(numerator, denominator), sum);
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
