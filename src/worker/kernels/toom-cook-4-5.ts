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
 * Every transform works on four samples, a quad of a line, and stores its results one line apart; all but those of the
 * weights read their operands one line apart, too. A pair of points ±a shares the sums of the even and of the odd powers.
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
  TWO,
} from './constants.ts';
import { LINE } from './scratch-layout.ts';
import { add, mul, sub } from './vector.ts';

/**
 * Bᵀ · d, by value:
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
export function transformEightInputs(
  constants: usize,
  out: usize,
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  d4: v128,
  d5: v128,
  d6: v128,
  d7: v128,
): void {
  const fiveAndQuarter = constant(constants, FIVE_AND_QUARTER);
  v128.store(out, sub(sub(d6, d0), mul(fiveAndQuarter, sub(d4, d2))));
  v128.store(out, sub(sub(d7, d1), mul(fiveAndQuarter, sub(d5, d3))), 7 * LINE);

  const fourAndQuarter = constant(constants, FOUR_AND_QUARTER);
  const even1 = sub(add(d6, d2), mul(fourAndQuarter, d4));
  const odd1 = sub(add(d5, d1), mul(fourAndQuarter, d3));
  v128.store(out, add(even1, odd1), LINE);
  v128.store(out, sub(even1, odd1), 2 * LINE);

  const oneAndQuarter = constant(constants, ONE_AND_QUARTER);
  const quarter = constant(constants, QUARTER);
  const two = constant(constants, TWO);
  const even2 = add(sub(d6, mul(oneAndQuarter, d4)), mul(quarter, d2));
  const odd2 = mul(two, add(sub(d5, mul(oneAndQuarter, d3)), mul(quarter, d1)));
  v128.store(out, add(even2, odd2), 3 * LINE);
  v128.store(out, sub(even2, odd2), 4 * LINE);

  const five = constant(constants, FIVE);
  const four = constant(constants, FOUR);
  const half = constant(constants, HALF);
  const evenHalf = add(sub(d6, mul(five, d4)), mul(four, d2));
  const oddHalf = mul(half, add(sub(d5, mul(five, d3)), mul(four, d1)));
  v128.store(out, add(evenHalf, oddHalf), 5 * LINE);
  v128.store(out, sub(evenHalf, oddHalf), 6 * LINE);
}

/** Bᵀ · d, of eight neighbouring lines. */
@inline
export function transformInput(constants: usize, input: usize, out: usize): void {
  transformEightInputs(
    constants,
    out,
    v128.load(input),
    v128.load(input, LINE),
    v128.load(input, 2 * LINE),
    v128.load(input, 3 * LINE),
    v128.load(input, 4 * LINE),
    v128.load(input, 5 * LINE),
    v128.load(input, 6 * LINE),
    v128.load(input, 7 * LINE),
  );
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
export function transformProducts(constants: usize, products: usize, out: usize, start: v128): void {
  const m0 = v128.load(products);
  const m1 = v128.load(products, LINE);
  const m2 = v128.load(products, 2 * LINE);
  const m3 = v128.load(products, 3 * LINE);
  const m4 = v128.load(products, 4 * LINE);
  const m5 = v128.load(products, 5 * LINE);
  const m6 = v128.load(products, 6 * LINE);
  const m7 = v128.load(products, 7 * LINE);
  const even1 = add(start, add(m1, m2));
  const odd1 = add(start, sub(m1, m2));
  const even2 = add(m3, m4);
  const odd2 = sub(m3, m4);
  const evenHalf = add(m5, m6);
  const oddHalf = sub(m5, m6);
  v128.store(out, add(add(m0, even1), add(even2, evenHalf)));
  v128.store(
    out,
    add(odd1, add(mul(constant(constants, TWO), odd2), mul(constant(constants, HALF), oddHalf))),
    LINE,
  );
  v128.store(
    out,
    add(even1, add(mul(constant(constants, FOUR), even2), mul(constant(constants, QUARTER), evenHalf))),
    2 * LINE,
  );
  v128.store(
    out,
    add(add(odd1, m7), add(mul(constant(constants, EIGHT), odd2), mul(constant(constants, EIGHTH), oddHalf))),
    3 * LINE,
  );
}

/** A · y, for the gradients of the outputs: the polynomial y0 + y1 x + y2 x² + y3 x³ at the points. */
@inline
export function transformOutputGradient(constants: usize, gradient: usize, out: usize): void {
  const y0 = v128.load(gradient);
  const y1 = v128.load(gradient, LINE);
  const y2 = v128.load(gradient, 2 * LINE);
  const y3 = v128.load(gradient, 3 * LINE);
  v128.store(out, y0);
  const even1 = add(y0, y2);
  const odd1 = add(y1, y3);
  v128.store(out, add(even1, odd1), LINE);
  v128.store(out, sub(even1, odd1), 2 * LINE);
  const even2 = add(y0, mul(constant(constants, FOUR), y2));
  const odd2 = add(mul(constant(constants, TWO), y1), mul(constant(constants, EIGHT), y3));
  v128.store(out, add(even2, odd2), 3 * LINE);
  v128.store(out, sub(even2, odd2), 4 * LINE);
  const evenHalf = add(y0, mul(constant(constants, QUARTER), y2));
  const oddHalf = add(mul(constant(constants, HALF), y1), mul(constant(constants, EIGHTH), y3));
  v128.store(out, add(evenHalf, oddHalf), 5 * LINE);
  v128.store(out, sub(evenHalf, oddHalf), 6 * LINE);
  v128.store(out, y3, 7 * LINE);
}
