/** exp2 and log by polynomials of our own: `Math.exp` and `Math.log` may differ from one engine to the next. */

import {
  constant,
  EXPONENT_LIMIT,
  LN_2,
  MINUS_EXPONENT_LIMIT,
  ONE,
  ROUNDING_MAGIC,
  TANGENT_1,
  TANGENT_3,
  TANGENT_5,
} from './constants.ts';
import { add, mul, sub } from './vector.ts';

/** x within ±limit. pmin and pmax are one instruction each on x86, and hand on a NaN that is their first operand. */
@inline
export function clamp(x: v128, limit: v128, minusLimit: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, limit), minusLimit);
}

/**
 * tanh(f · ln 2 / 2) of the fraction f = x - n, for `shifted` = x + ROUNDING_MAGIC, which holds the nearest integer n in its
 * low bits. An odd minimax polynomial of degree 5, exact to 1.2e-8 of 2^f.
 */
@inline
export function halfTangent(x: v128, shifted: v128, magic: v128, t1: v128, t3: v128, t5: v128): v128 {
  const f = sub(x, sub(shifted, magic));
  const f2 = mul(f, f);
  return mul(f, add(t1, mul(f2, add(t3, mul(f2, t5)))));
}

/** a · 2^n, for n as in `halfTangent`: it goes into the exponent. */
@inline
export function scaleByPower(a: v128, shifted: v128): v128 {
  return i32x4.add(a, i32x4.shl(shifted, 23));
}

/**
 * 2^x with a relative error below 2e-7, for x from -126 to 126; beyond that the limit's value. NaN stays NaN.
 *
 * x = n + f with n the nearest integer; with t = tanh(f · ln 2 / 2), 2^f = (1 + t) / (1 - t).
 */
@inline
export function exp2(x: v128, constants: usize): v128 {
  const one = constant(constants, ONE);
  const magic = constant(constants, ROUNDING_MAGIC);
  const clamped = clamp(x, constant(constants, EXPONENT_LIMIT), constant(constants, MINUS_EXPONENT_LIMIT));
  const shifted = add(clamped, magic);
  const t = halfTangent(
    clamped,
    shifted,
    magic,
    constant(constants, TANGENT_1),
    constant(constants, TANGENT_3),
    constant(constants, TANGENT_5),
  );
  return f32x4.div(scaleByPower(add(one, t), shifted), sub(one, t));
}

/**
 * ln x for positive normal x, with an absolute error below 1.2e-7 · max(1, |ln x|).
 *
 * x = 2^n · m with m in [√½, √2); ln m = 2 artanh((m-1)/(m+1)) by its series, cut after the ninth power (error 2e-9).
 */
@inline
export function log(x: v128): v128 {
  const bitsOfRootHalf = i32x4.splat(0x3f3504f3);
  const n = i32x4.shr_s(i32x4.sub(x, bitsOfRootHalf), 23);
  const m = i32x4.sub(x, i32x4.shl(n, 23));
  const one = f32x4.splat(1);
  const s = f32x4.div(sub(m, one), add(m, one));
  const s2 = mul(s, s);
  let series = add(f32x4.splat(2.0 / 7.0), mul(s2, f32x4.splat(2.0 / 9.0)));
  series = add(f32x4.splat(2.0 / 5.0), mul(s2, series));
  series = add(f32x4.splat(2.0 / 3.0), mul(s2, series));
  series = add(f32x4.splat(2), mul(s2, series));
  const logarithm = add(mul(f32x4.convert_i32x4_s(n), f32x4.splat(LN_2)), mul(s, series));
  // The bits of NaN and infinity would pass for those of a number.
  return v128.bitselect(logarithm, x, f32x4.lt(x, f32x4.splat(Infinity)));
}
