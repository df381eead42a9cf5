/**
 * F(4, 5): four outputs of a one-dimensional convolution with five taps, by eight multiplications instead of twenty.
 *
 * Toom-Cook: y = Aᵀ · ((G · g) ∘ (Bᵀ · d)) for eight inputs d, five weights g, four outputs y (Lavin and Gray 2015, "Fast
 * algorithms for convolutional neural networks", section 4). Points a: 0, 1, -1, 2, -2, ½, -½, ∞, in this order. With
 * P(x) = x (x² - 1) (x² - 4) (x² - ¼), row a of Bᵀ holds the coefficients of P(x) / (x - a), row ∞ those of P(x); row a
 * of G is (1, a, a², a³, a⁴) / P'(a), and (0, 0, 0, 0, 1) for ∞; column a of Aᵀ is (1, a, a², a³), and (0, 0, 0, 1) for ∞.
 * The gradients take the transposed matrices: A for those of the outputs, Gᵀ for those of the weights, B for those of
 * the inputs.
 *
 * Every transform works on four samples, a quad of a line. Inputs, outputs and transformed weights are one line apart; the
 * distance of the values at the points is a parameter. A pair of points ±a shares the sums of the even and of the odd powers.
 */

import { LINE } from './scratch-layout.ts';
import {
  EIGHT,
  EIGHTH,
  FIVE,
  FIVE_AND_QUARTER,
  FOUR,
  FOUR_AND_QUARTER,
  HALF,
  ONE_AND_QUARTER,
  QUARTER,
  TWO,
} from './transform-constants.ts';
import { add, mul, sub } from './vector.ts';

/**
 * Bᵀ · d, of eight neighbouring lines:
 *
 *     -1   0   5¼   0  -5¼   0  1  0
 *      0   1   1  -4¼  -4¼   1  1  0
 *      0  -1   1   4¼  -4¼  -1  1  0
 *      0   ½   ¼  -2½  -1¼   2  1  0
 *      0  -½   ¼   2½  -1¼  -2  1  0
 *      0   2   4  -2½  -5    ½  1  0
 *      0  -2   4   2½  -5   -½  1  0
 *      0  -1   0   5¼   0  -5¼  0  1
 */
@inline
export function transformInput(constants: usize, input: usize, out: usize, outStride: usize): void {
  const d0 = v128.load(input);
  const d1 = v128.load(input, LINE);
  const d2 = v128.load(input, 2 * LINE);
  const d3 = v128.load(input, 3 * LINE);
  const d4 = v128.load(input, 4 * LINE);
  const d5 = v128.load(input, 5 * LINE);
  const d6 = v128.load(input, 6 * LINE);
  const d7 = v128.load(input, 7 * LINE);
  const fiveAndQuarter = v128.load(constants, FIVE_AND_QUARTER);
  v128.store(out, sub(sub(d6, d0), mul(fiveAndQuarter, sub(d4, d2))));
  v128.store(out + 7 * outStride, sub(sub(d7, d1), mul(fiveAndQuarter, sub(d5, d3))));

  const fourAndQuarter = v128.load(constants, FOUR_AND_QUARTER);
  const even1 = sub(add(d6, d2), mul(fourAndQuarter, d4));
  const odd1 = sub(add(d5, d1), mul(fourAndQuarter, d3));
  v128.store(out + outStride, add(even1, odd1));
  v128.store(out + 2 * outStride, sub(even1, odd1));

  const oneAndQuarter = v128.load(constants, ONE_AND_QUARTER);
  const quarter = v128.load(constants, QUARTER);
  const two = v128.load(constants, TWO);
  const even2 = add(sub(d6, mul(oneAndQuarter, d4)), mul(quarter, d2));
  const odd2 = mul(two, add(sub(d5, mul(oneAndQuarter, d3)), mul(quarter, d1)));
  v128.store(out + 3 * outStride, add(even2, odd2));
  v128.store(out + 4 * outStride, sub(even2, odd2));

  const five = v128.load(constants, FIVE);
  const four = v128.load(constants, FOUR);
  const half = v128.load(constants, HALF);
  const evenHalf = add(sub(d6, mul(five, d4)), mul(four, d2));
  const oddHalf = mul(half, add(sub(d5, mul(five, d3)), mul(four, d1)));
  v128.store(out + 5 * outStride, add(evenHalf, oddHalf));
  v128.store(out + 6 * outStride, sub(evenHalf, oddHalf));
}

/**
 * start + Aᵀ · m, with the same start (a bias) for every output:
 *
 *     1  1   1  1   1  1   1  0
 *     0  1  -1  2  -2  ½  -½  0
 *     0  1   1  4   4  ¼   ¼  0
 *     0  1  -1  8  -8  ⅛  -⅛  1
 */
@inline
export function transformProducts(
  constants: usize,
  products: usize,
  stride: usize,
  out: usize,
  start: v128,
): void {
  const m0 = v128.load(products);
  const m1 = v128.load(products + stride);
  const m2 = v128.load(products + 2 * stride);
  const m3 = v128.load(products + 3 * stride);
  const m4 = v128.load(products + 4 * stride);
  const m5 = v128.load(products + 5 * stride);
  const m6 = v128.load(products + 6 * stride);
  const m7 = v128.load(products + 7 * stride);
  const even1 = add(start, add(m1, m2));
  const odd1 = add(start, sub(m1, m2));
  const even2 = add(m3, m4);
  const odd2 = sub(m3, m4);
  const evenHalf = add(m5, m6);
  const oddHalf = sub(m5, m6);
  v128.store(out, add(add(m0, even1), add(even2, evenHalf)));
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
    add(
      add(odd1, m7),
      add(mul(v128.load(constants, EIGHT), odd2), mul(v128.load(constants, EIGHTH), oddHalf)),
    ),
    3 * LINE,
  );
}

/** A · y, for the gradients of the outputs: the polynomial y0 + y1 x + y2 x² + y3 x³ at the points. */
@inline
export function transformOutputGradient(
  constants: usize,
  gradient: usize,
  out: usize,
  outStride: usize,
): void {
  const y0 = v128.load(gradient);
  const y1 = v128.load(gradient, LINE);
  const y2 = v128.load(gradient, 2 * LINE);
  const y3 = v128.load(gradient, 3 * LINE);
  v128.store(out, y0);
  const even1 = add(y0, y2);
  const odd1 = add(y1, y3);
  v128.store(out + outStride, add(even1, odd1));
  v128.store(out + 2 * outStride, sub(even1, odd1));
  const even2 = add(y0, mul(v128.load(constants, FOUR), y2));
  const odd2 = add(mul(v128.load(constants, TWO), y1), mul(v128.load(constants, EIGHT), y3));
  v128.store(out + 3 * outStride, add(even2, odd2));
  v128.store(out + 4 * outStride, sub(even2, odd2));
  const evenHalf = add(y0, mul(v128.load(constants, QUARTER), y2));
  const oddHalf = add(mul(v128.load(constants, HALF), y1), mul(v128.load(constants, EIGHTH), y3));
  v128.store(out + 5 * outStride, add(evenHalf, oddHalf));
  v128.store(out + 6 * outStride, sub(evenHalf, oddHalf));
  v128.store(out + 7 * outStride, y3);
}
