/**
 * F(5, 5): five outputs of a one-dimensional convolution with five taps, by nine multiplications instead of twenty-five.
 *
 * As F(4, 5) in toom-cook-4-5.ts (which has the theory), with one point more: 0, 1, -1, 2, -2, ½, -½, ∞, 4, in this
 * order, and P(x) (x - 4) in place of P(x). The factor x - 4 is common to all rows of Bᵀ but the last, so that the
 * input transform is that of F(4, 5) on the differences d[k+1] - 4 d[k].
 */
import {
  constant,
  EIGHT,
  EIGHTH,
  FIVE,
  FIVE_AND_QUARTER,
  FOUR,
  FOUR_AND_QUARTER,
  HALF,
  ONE_AND_QUARTER,
  QUARTER,
  SIXTEEN,
  SIXTEENTH,
  TWO,
  TWO_AND_HALF,
} from './constants.ts';
import { LINE } from './scratch-layout.ts';
import { transformEightInputs } from './toom-cook-4-5.ts';
import { add, mul, sub } from './vector.ts';

/** Bᵀ · d: F(4, 5)'s matrix on the differences, then row 4: (0, -1, 0, 5¼, 0, -5¼, 0, 1, 0) on d itself. */
@inline
export function transformInput(constants: usize, input: usize, out: usize): void {
  const d0 = v128.load(input);
  const d1 = v128.load(input, LINE);
  const d2 = v128.load(input, 2 * LINE);
  const d3 = v128.load(input, 3 * LINE);
  const d4 = v128.load(input, 4 * LINE);
  const d5 = v128.load(input, 5 * LINE);
  const d6 = v128.load(input, 6 * LINE);
  const d7 = v128.load(input, 7 * LINE);
  const d8 = v128.load(input, 8 * LINE);
  v128.store(out, sub(sub(d7, d1), mul(constant(constants, FIVE_AND_QUARTER), sub(d5, d3))), 8 * LINE);
  const four = constant(constants, FOUR);
  transformEightInputs(
    constants,
    out,
    sub(d1, mul(four, d0)),
    sub(d2, mul(four, d1)),
    sub(d3, mul(four, d2)),
    sub(d4, mul(four, d3)),
    sub(d5, mul(four, d4)),
    sub(d6, mul(four, d5)),
    sub(d7, mul(four, d6)),
    sub(d8, mul(four, d7)),
  );
}

/** B · v, for the gradients of the inputs: the transpose of `transformInput`, step by step. */
@inline
export function transformInputGradient(constants: usize, products: usize, out: usize): void {
  const v0 = v128.load(products);
  const v1 = v128.load(products, LINE);
  const v2 = v128.load(products, 2 * LINE);
  const v3 = v128.load(products, 3 * LINE);
  const v4 = v128.load(products, 4 * LINE);
  const v5 = v128.load(products, 5 * LINE);
  const v6 = v128.load(products, 6 * LINE);
  const v7 = v128.load(products, 7 * LINE);
  const v8 = v128.load(products, 8 * LINE);
  const even1 = add(v1, v2);
  const odd1 = sub(v1, v2);
  const even2 = add(v3, v4);
  const odd2 = sub(v3, v4);
  const evenHalf = add(v5, v6);
  const oddHalf = sub(v5, v6);
  const four = constant(constants, FOUR);
  const two = constant(constants, TWO);
  const half = constant(constants, HALF);
  const quarter = constant(constants, QUARTER);
  const fiveAndQuarter = constant(constants, FIVE_AND_QUARTER);
  // Gradients f of the differences.
  const f0 = f32x4.neg(v0);
  const f1 = add(sub(odd1, v7), add(mul(half, odd2), mul(two, oddHalf)));
  const f2 = add(add(mul(fiveAndQuarter, v0), even1), add(mul(quarter, even2), mul(four, evenHalf)));
  const f3 = sub(
    sub(mul(fiveAndQuarter, v7), mul(constant(constants, FOUR_AND_QUARTER), odd1)),
    mul(constant(constants, TWO_AND_HALF), add(odd2, oddHalf)),
  );
  const f4 = f32x4.neg(
    add(
      add(mul(fiveAndQuarter, v0), mul(constant(constants, FOUR_AND_QUARTER), even1)),
      add(mul(constant(constants, ONE_AND_QUARTER), even2), mul(constant(constants, FIVE), evenHalf)),
    ),
  );
  const f5 = add(sub(odd1, mul(fiveAndQuarter, v7)), add(mul(two, odd2), mul(half, oddHalf)));
  const f6 = add(add(v0, even1), add(even2, evenHalf));
  v128.store(out, f32x4.neg(mul(four, f0)));
  v128.store(out, sub(sub(f0, mul(four, f1)), v8), LINE);
  v128.store(out, sub(f1, mul(four, f2)), 2 * LINE);
  v128.store(out, add(sub(f2, mul(four, f3)), mul(fiveAndQuarter, v8)), 3 * LINE);
  v128.store(out, sub(f3, mul(four, f4)), 4 * LINE);
  v128.store(out, sub(sub(f4, mul(four, f5)), mul(fiveAndQuarter, v8)), 5 * LINE);
  v128.store(out, sub(f5, mul(four, f6)), 6 * LINE);
  v128.store(out, add(sub(f6, mul(four, v7)), v8), 7 * LINE);
  v128.store(out, v7, 8 * LINE);
}

/**
 * start + Aᵀ · m, by value (also for the weights, see toom-cook-5-5-weights.ts):
 *
 *     1  1   1   1    1   1     1   0    1
 *     0  1  -1   2   -2   ½    -½   0    4
 *     0  1   1   4    4   ¼     ¼   0   16
 *     0  1  -1   8   -8   ⅛    -⅛   0   64
 *     0  1   1  16   16  1/16  1/16  1  256
 */
@inline
export function sumPowers(
  constants: usize,
  out: usize,
  m0: v128,
  m1: v128,
  m2: v128,
  m3: v128,
  m4: v128,
  m5: v128,
  m6: v128,
  m7: v128,
  m8: v128,
  start: v128,
): void {
  const even1 = add(start, add(m1, m2));
  const odd1 = add(start, sub(m1, m2));
  const even2 = add(m3, m4);
  const odd2 = sub(m3, m4);
  const evenHalf = add(m5, m6);
  const oddHalf = sub(m5, m6);
  const four = constant(constants, FOUR);
  const sixteen = constant(constants, SIXTEEN);
  const sixteenM8 = mul(sixteen, m8);
  v128.store(out, add(add(add(m0, m8), even1), add(even2, evenHalf)));
  v128.store(
    out,
    add(
      add(odd1, mul(four, m8)),
      add(mul(constant(constants, TWO), odd2), mul(constant(constants, HALF), oddHalf)),
    ),
    LINE,
  );
  v128.store(
    out,
    add(add(even1, sixteenM8), add(mul(four, even2), mul(constant(constants, QUARTER), evenHalf))),
    2 * LINE,
  );
  v128.store(
    out,
    add(
      add(odd1, mul(four, sixteenM8)),
      add(mul(constant(constants, EIGHT), odd2), mul(constant(constants, EIGHTH), oddHalf)),
    ),
    3 * LINE,
  );
  v128.store(
    out,
    add(
      add(add(even1, m7), mul(sixteen, sixteenM8)),
      add(mul(sixteen, even2), mul(constant(constants, SIXTEENTH), evenHalf)),
    ),
    4 * LINE,
  );
}

/** start + Aᵀ · m, with the same start (a bias) for every output. */
@inline
export function transformProducts(constants: usize, products: usize, out: usize, start: v128): void {
  sumPowers(
    constants,
    out,
    v128.load(products),
    v128.load(products, LINE),
    v128.load(products, 2 * LINE),
    v128.load(products, 3 * LINE),
    v128.load(products, 4 * LINE),
    v128.load(products, 5 * LINE),
    v128.load(products, 6 * LINE),
    v128.load(products, 7 * LINE),
    v128.load(products, 8 * LINE),
    start,
  );
}

/** A · y, by value (also for the weights, see toom-cook-5-5-weights.ts): the polynomial y0 + y1 x + … + y4 x⁴ at the points. */
@inline
export function evaluatePolynomial(
  constants: usize,
  out: usize,
  y0: v128,
  y1: v128,
  y2: v128,
  y3: v128,
  y4: v128,
): void {
  v128.store(out, y0);
  const even1 = add(add(y0, y2), y4);
  const odd1 = add(y1, y3);
  v128.store(out, add(even1, odd1), LINE);
  v128.store(out, sub(even1, odd1), 2 * LINE);
  const four = constant(constants, FOUR);
  const even2 = add(y0, mul(four, add(y2, mul(four, y4))));
  const odd2 = mul(constant(constants, TWO), add(y1, mul(four, y3)));
  v128.store(out, add(even2, odd2), 3 * LINE);
  v128.store(out, sub(even2, odd2), 4 * LINE);
  const quarter = constant(constants, QUARTER);
  const evenHalf = add(y0, mul(quarter, add(y2, mul(quarter, y4))));
  const oddHalf = mul(constant(constants, HALF), add(y1, mul(quarter, y3)));
  v128.store(out, add(evenHalf, oddHalf), 5 * LINE);
  v128.store(out, sub(evenHalf, oddHalf), 6 * LINE);
  v128.store(out, y4, 7 * LINE);
  v128.store(
    out,
    add(y0, mul(four, add(y1, mul(four, add(y2, mul(four, add(y3, mul(four, y4)))))))),
    8 * LINE,
  );
}

/** A · y, for the gradients of the outputs. */
@inline
export function transformOutputGradient(constants: usize, gradient: usize, out: usize): void {
  evaluatePolynomial(
    constants,
    out,
    v128.load(gradient),
    v128.load(gradient, LINE),
    v128.load(gradient, 2 * LINE),
    v128.load(gradient, 3 * LINE),
    v128.load(gradient, 4 * LINE),
  );
}
