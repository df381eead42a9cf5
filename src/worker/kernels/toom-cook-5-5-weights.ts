/**
 * The weights' transforms of F(5, 5). Five taps and five outputs make G equal to A, but for a divisor in each row: the
 * derivative of P(x) at the row's point (toom-cook-4-5.ts has the theory).
 */
import { LINE } from './scratch-layout.ts';
import { evaluatePolynomial, sumPowers } from './toom-cook-5-5.ts';
import { mul, zero } from './vector.ts';

/** One over the divisors, of which both points of a pair have the same. */
const OVER_ZERO: f32 = 1.0 / 9.0;
const OVER_ONE: f32 = 1.0 / 28.125;
const OVER_HALF: f32 = -1.0 / 11.8125;
const OVER_ONE_AND_HALF: f32 = -1.0 / 154.6875;
const OVER_FOUR: f32 = 1.0 / 103950.0;

/** G · g, of five neighbouring float32: their polynomial at the points, each value over its divisor. */
@inline
export function transformWeights(constants: usize, weights: usize, out: usize): void {
  evaluatePolynomial(
    constants,
    out,
    LINE,
    v128.load_splat<f32>(weights),
    v128.load_splat<f32>(weights, 4),
    v128.load_splat<f32>(weights, 8),
    v128.load_splat<f32>(weights, 12),
    v128.load_splat<f32>(weights, 16),
  );
  scaleByDivisors(out);
}

/**
 * G · g of the five columns of five rows of neighbouring float32, into rows of five float32, one line apart: columns 0 to 3, then
 * 1 to 4, three of which come out the same again.
 */
@inline
export function transformWeightColumns(constants: usize, weights: usize, out: usize): void {
  for (let byte: usize = 0; byte < 8; byte += 4) {
    evaluatePolynomial(
      constants,
      out + byte,
      LINE,
      v128.load(weights + byte),
      v128.load(weights + byte, 20),
      v128.load(weights + byte, 40),
      v128.load(weights + byte, 60),
      v128.load(weights + byte, 80),
    );
    scaleByDivisors(out + byte);
  }
}

@inline
function scaleByDivisors(values: usize): void {
  v128.store(values, mul(f32x4.splat(OVER_ZERO), v128.load(values)));
  v128.store(values, mul(f32x4.splat(OVER_ONE), v128.load(values, LINE)), LINE);
  v128.store(values, mul(f32x4.splat(OVER_ONE), v128.load(values, 2 * LINE)), 2 * LINE);
  v128.store(values, mul(f32x4.splat(OVER_HALF), v128.load(values, 3 * LINE)), 3 * LINE);
  v128.store(values, mul(f32x4.splat(OVER_HALF), v128.load(values, 4 * LINE)), 4 * LINE);
  v128.store(values, mul(f32x4.splat(OVER_ONE_AND_HALF), v128.load(values, 5 * LINE)), 5 * LINE);
  v128.store(values, mul(f32x4.splat(OVER_ONE_AND_HALF), v128.load(values, 6 * LINE)), 6 * LINE);
  v128.store(values, mul(f32x4.splat(OVER_FOUR), v128.load(values, 7 * LINE)), 7 * LINE);
  v128.store(values, mul(f32x4.splat(OVER_FOUR), v128.load(values, 8 * LINE)), 8 * LINE);
}

/** Gᵀ · u, for the gradients of the weights: Aᵀ on the quotients. */
@inline
export function transformWeightGradient(
  constants: usize,
  sums: usize,
  stride: usize,
  out: usize,
  outStride: usize,
): void {
  sumPowers(
    constants,
    out,
    outStride,
    mul(f32x4.splat(OVER_ZERO), v128.load(sums)),
    mul(f32x4.splat(OVER_ONE), v128.load(sums + stride)),
    mul(f32x4.splat(OVER_ONE), v128.load(sums + 2 * stride)),
    mul(f32x4.splat(OVER_HALF), v128.load(sums + 3 * stride)),
    mul(f32x4.splat(OVER_HALF), v128.load(sums + 4 * stride)),
    mul(f32x4.splat(OVER_ONE_AND_HALF), v128.load(sums + 5 * stride)),
    mul(f32x4.splat(OVER_ONE_AND_HALF), v128.load(sums + 6 * stride)),
    mul(f32x4.splat(OVER_FOUR), v128.load(sums + 7 * stride)),
    mul(f32x4.splat(OVER_FOUR), v128.load(sums + 8 * stride)),
    zero(),
  );
}
