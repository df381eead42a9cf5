/** exp2 and log as polynomials of our own: `Math.exp` and `Math.log` may differ from one engine to the next. */

import { LN_2 } from './constants.ts';
import { add, mul, sub } from './vector.ts';

/**
 * 2^x with a relative error below 2e-7, for x from -126 to 126; beyond that the limit's value. NaN stays NaN.
 *
 * x = n + f with n the nearest integer; n goes into the exponent, and 2^f on [-½, ½] is a minimax polynomial of degree 5
 * (relative error 9.3e-8) whose first coefficient was held at 1, which rounds better than the free optimum and makes 2^0
 * exact. Estrin's form keeps the dependency chains short and the units busy.
 */
@inline
export function exp2(
  x: v128,
  limit: v128,
  minusLimit: v128,
  magic: v128,
  one: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
): v128 {
  // pmin and pmax are one instruction each on x86, and hand on a NaN that is their first operand.
  const clamped = f32x4.pmax(f32x4.pmin(x, limit), minusLimit);
  const shifted = add(clamped, magic);
  const f = sub(clamped, sub(shifted, magic));
  const f2 = mul(f, f);
  const low = add(one, mul(c1, f));
  const middle = add(c2, mul(c3, f));
  const high = add(c4, mul(c5, f));
  const power = add(low, mul(f2, add(middle, mul(f2, high))));
  return i32x4.add(power, i32x4.shl(shifted, 23));
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
