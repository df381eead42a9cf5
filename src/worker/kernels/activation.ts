import {
  constant,
  EXP2_C1,
  EXP2_C2,
  EXP2_C3,
  EXP2_C4,
  EXP2_C5,
  EXPONENT_LIMIT,
  LOG2_E,
  MINUS_EXPONENT_LIMIT,
  ONE,
  ROUNDING_MAGIC,
} from './constants.ts';
import { exp2 } from './exponential.ts';
import { add, mul, sub } from './vector.ts';

/** The activation takes its argument times this factor, so that layers can fold it into their weights and biases. */
export const PREACTIVATION_SCALE: f32 = -LOG2_E;

/**
 * Sigmoid, in place, over `bytes` of pre-activations times `PREACTIVATION_SCALE`: 1 / (1 + 2^x).
 * Relative error below 4e-7; where 2^x would over- or underflow, the argument is clamped to ±126.
 */
export function activate(constants: usize, lines: usize, bytes: usize): void {
  const one = constant(constants, ONE);
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
    v128.store(lines, f32x4.div(one, add(one, power)));
    lines += 16;
  }
}

/** The gradient with respect to the (unscaled) pre-activation, from that of the activation and the activation itself: g · a · (1 - a). */
@inline
export function activationGradient(gradient: v128, activation: v128, one: v128): v128 {
  return mul(gradient, mul(activation, sub(one, activation)));
}
