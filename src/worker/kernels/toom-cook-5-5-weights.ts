/**
 * The weights' transforms of F(5, 5). Five taps and five outputs make G equal to A, but for a divisor in each row: the
 * derivative of P(x) (x - 4) at the row's point (toom-cook-4-5.ts has the theory).
 */
import { LINE } from './scratch-layout.ts';
import { evaluatePolynomial, sumPowers } from './toom-cook-5-5.ts';
import { mul, zero } from './vector.ts';

/** One over the divisors; that of ∞ is 1. */
const OVER_0: f32 = 1.0 / 4.0;
const OVER_1: f32 = 1.0 / 13.5;
const OVER_MINUS_1: f32 = 1.0 / 22.5;
const OVER_2: f32 = -1.0 / 180.0;
const OVER_MINUS_2: f32 = -1.0 / 540.0;
const OVER_HALF: f32 = -1.0 / 4.921875;
const OVER_MINUS_HALF: f32 = -1.0 / 6.328125;
const OVER_4: f32 = 1.0 / 11340.0;

/** G · g, of five neighbouring float32: their polynomial at the points, each value over its divisor. */
@inline
export function transformWeights(constants: usize, weights: usize, out: usize): void {
  evaluatePolynomial(
    constants,
    out,
    v128.load_splat<f32>(weights),
    v128.load_splat<f32>(weights, 4),
    v128.load_splat<f32>(weights, 8),
    v128.load_splat<f32>(weights, 12),
    v128.load_splat<f32>(weights, 16),
  );
  v128.store(out, mul(f32x4.splat(OVER_0), v128.load(out)));
  v128.store(out, mul(f32x4.splat(OVER_1), v128.load(out, LINE)), LINE);
  v128.store(out, mul(f32x4.splat(OVER_MINUS_1), v128.load(out, 2 * LINE)), 2 * LINE);
  v128.store(out, mul(f32x4.splat(OVER_2), v128.load(out, 3 * LINE)), 3 * LINE);
  v128.store(out, mul(f32x4.splat(OVER_MINUS_2), v128.load(out, 4 * LINE)), 4 * LINE);
  v128.store(out, mul(f32x4.splat(OVER_HALF), v128.load(out, 5 * LINE)), 5 * LINE);
  v128.store(out, mul(f32x4.splat(OVER_MINUS_HALF), v128.load(out, 6 * LINE)), 6 * LINE);
  v128.store(out, mul(f32x4.splat(OVER_4), v128.load(out, 8 * LINE)), 8 * LINE);
}

/** Gᵀ · u, for the gradients of the weights, of nine neighbouring float32x4: Aᵀ on the quotients. */
@inline
export function transformWeightGradient(constants: usize, sums: usize, out: usize): void {
  sumPowers(
    constants,
    out,
    mul(f32x4.splat(OVER_0), v128.load(sums)),
    mul(f32x4.splat(OVER_1), v128.load(sums, 16)),
    mul(f32x4.splat(OVER_MINUS_1), v128.load(sums, 32)),
    mul(f32x4.splat(OVER_2), v128.load(sums, 48)),
    mul(f32x4.splat(OVER_MINUS_2), v128.load(sums, 64)),
    mul(f32x4.splat(OVER_HALF), v128.load(sums, 80)),
    mul(f32x4.splat(OVER_MINUS_HALF), v128.load(sums, 96)),
    v128.load(sums, 112),
    mul(f32x4.splat(OVER_4), v128.load(sums, 128)),
    zero(),
  );
}
