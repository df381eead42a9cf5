/** The weights' transforms of F(4, 5): G and its transpose, see toom-cook-4-5.ts. P' is -1, -4½, 90 and 1.40625 at 0, ±1, ±2 and ±½. */

import { LINE } from './scratch-layout.ts';
import { EIGHT, EIGHTH, FOUR, HALF, QUARTER, SIXTEEN, SIXTEENTH, TWO } from './transform-constants.ts';
import { add, mul, sub } from './vector.ts';

const OVER_1: f32 = -1.0 / 4.5;
const OVER_2: f32 = 1.0 / 90.0;
const OVER_HALF: f32 = 1.0 / 1.40625;

/** G · g, of five neighbouring float32: the polynomial g0 + g1 x + … + g4 x⁴ at the points a, each divided by P'(a). */
@inline
export function transformWeights(constants: usize, weights: usize, out: usize): void {
  const g0 = v128.load_splat<f32>(weights);
  const g1 = v128.load_splat<f32>(weights, 4);
  const g2 = v128.load_splat<f32>(weights, 8);
  const g3 = v128.load_splat<f32>(weights, 12);
  const g4 = v128.load_splat<f32>(weights, 16);
  v128.store(out, f32x4.neg(g0));
  const over1 = f32x4.splat(OVER_1);
  const even1 = mul(over1, add(add(g0, g2), g4));
  const odd1 = mul(over1, add(g1, g3));
  v128.store(out, add(even1, odd1), LINE);
  v128.store(out, sub(even1, odd1), 2 * LINE);
  const over2 = f32x4.splat(OVER_2);
  const even2 = mul(
    over2,
    add(g0, add(mul(v128.load(constants, FOUR), g2), mul(v128.load(constants, SIXTEEN), g4))),
  );
  const odd2 = mul(over2, add(mul(v128.load(constants, TWO), g1), mul(v128.load(constants, EIGHT), g3)));
  v128.store(out, add(even2, odd2), 3 * LINE);
  v128.store(out, sub(even2, odd2), 4 * LINE);
  const overHalf = f32x4.splat(OVER_HALF);
  const evenHalf = mul(
    overHalf,
    add(g0, add(mul(v128.load(constants, QUARTER), g2), mul(v128.load(constants, SIXTEENTH), g4))),
  );
  const oddHalf = mul(
    overHalf,
    add(mul(v128.load(constants, HALF), g1), mul(v128.load(constants, EIGHTH), g3)),
  );
  v128.store(out, add(evenHalf, oddHalf), 5 * LINE);
  v128.store(out, sub(evenHalf, oddHalf), 6 * LINE);
  v128.store(out, g4, 7 * LINE);
}

/** Gᵀ · u, for the gradients of the weights, of eight neighbouring float32x4: Σ over the points of u(a) / P'(a) · aᵏ for k = 0 to 4. */
@inline
export function transformWeightGradient(constants: usize, sums: usize, out: usize): void {
  const u0 = v128.load(sums);
  const u1 = v128.load(sums, 16);
  const u2 = v128.load(sums, 32);
  const u3 = v128.load(sums, 48);
  const u4 = v128.load(sums, 64);
  const u5 = v128.load(sums, 80);
  const u6 = v128.load(sums, 96);
  const u7 = v128.load(sums, 112);
  const over1 = f32x4.splat(OVER_1);
  const over2 = f32x4.splat(OVER_2);
  const overHalf = f32x4.splat(OVER_HALF);
  const even1 = mul(over1, add(u1, u2));
  const odd1 = mul(over1, sub(u1, u2));
  const even2 = mul(over2, add(u3, u4));
  const odd2 = mul(over2, sub(u3, u4));
  const evenHalf = mul(overHalf, add(u5, u6));
  const oddHalf = mul(overHalf, sub(u5, u6));
  v128.store(out, add(sub(even1, u0), add(even2, evenHalf)));
  v128.store(
    out,
    add(odd1, add(mul(v128.load(constants, TWO), odd2), mul(v128.load(constants, HALF), oddHalf))),
    LINE,
  );
  v128.store(
    out,
    add(even1, add(mul(v128.load(constants, FOUR), even2), mul(v128.load(constants, QUARTER), evenHalf))),
    2 * LINE,
  );
  v128.store(
    out,
    add(odd1, add(mul(v128.load(constants, EIGHT), odd2), mul(v128.load(constants, EIGHTH), oddHalf))),
    3 * LINE,
  );
  v128.store(
    out,
    add(
      add(even1, u7),
      add(mul(v128.load(constants, SIXTEEN), even2), mul(v128.load(constants, SIXTEENTH), evenHalf)),
    ),
    4 * LINE,
  );
}
