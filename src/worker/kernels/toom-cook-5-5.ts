/**
 * F(5, 5): five outputs of a one-dimensional convolution with five taps, by nine multiplications instead of twenty-five.
 *
 * As F(4, 5) in toom-cook-4-5.ts (which has the theory), with other points: 0, 1, -1, ½, -½, 1½, -1½, 4, -4, in this order,
 * so P(x) = x (x² - 1) (x² - ¼) (x² - 2¼) (x² - 16). A search over sets of small fractions found these: rounding errors are
 * half of those with 0, ±1, ±2, ±½, 4, ∞, which counts twice where the transform is applied along both axes; and all of their
 * powers and coefficients are float32. Without ∞, nine outputs of a product of polynomials need nine finite points.
 *
 * Every transform works on four samples, a quad of a line. The distances of operands and results are parameters, for
 * x and y differ in them alone.
 */
import {
  CUBE_OF_1_5,
  EIGHTH,
  FOUR,
  FOURTH_POWER_OF_1_5,
  FOURTH_POWER_OF_4,
  HALF,
  ONE_AND_HALF,
  P_0,
  P_2,
  P_4,
  P_6,
  Q1_0,
  Q1_2,
  Q1_4,
  Q4_0,
  Q4_2,
  Q4_4,
  Q15_0,
  Q15_2,
  Q15_4,
  QHALF_0,
  QHALF_2,
  QHALF_4,
  QUARTER,
  SIXTEEN,
  SIXTEENTH,
  SIXTY_FOUR,
  TWO_AND_QUARTER,
} from './transform-constants.ts';
import { add, mul, sub } from './vector.ts';

/**
 * Bᵀ · d: row 0 holds the coefficients of P(x) / x = x⁸ - 19.5 x⁶ + 59.0625 x⁴ - 49.5625 x² + 9, row ±a those of
 * P(x) / (x ∓ a) = (x² ± a x) · Q(x²), where Q is the product of the other pairs' factors:
 *
 *     a = 1    x⁶ - 18.5  x⁴ + 40.5625 x² -  9
 *     a = ½    x⁶ - 19.25 x⁴ + 54.25   x² - 36
 *     a = 1½   x⁶ - 17.25 x⁴ + 20.25   x² -  4
 *     a = 4    x⁶ -  3.5  x⁴ +  3.0625 x² -  0.5625
 */
@inline
export function transformInput(
  constants: usize,
  input: usize,
  inputStride: usize,
  out: usize,
  outStride: usize,
): void {
  const d1 = v128.load(input + inputStride);
  const d2 = v128.load(input + 2 * inputStride);
  const d3 = v128.load(input + 3 * inputStride);
  const d4 = v128.load(input + 4 * inputStride);
  const d5 = v128.load(input + 5 * inputStride);
  const d6 = v128.load(input + 6 * inputStride);
  const d7 = v128.load(input + 7 * inputStride);
  const d8 = v128.load(input + 8 * inputStride);
  const d0 = v128.load(input);
  v128.store(
    out,
    add(
      add(mul(v128.load(constants, P_0), d0), mul(v128.load(constants, P_2), d2)),
      add(mul(v128.load(constants, P_4), d4), add(mul(v128.load(constants, P_6), d6), d8)),
    ),
  );
  const q10 = v128.load(constants, Q1_0);
  const q12 = v128.load(constants, Q1_2);
  const q14 = v128.load(constants, Q1_4);
  const even1 = add(add(mul(q10, d2), mul(q12, d4)), add(mul(q14, d6), d8));
  const odd1 = add(add(mul(q10, d1), mul(q12, d3)), add(mul(q14, d5), d7));
  v128.store(out + outStride, add(even1, odd1));
  v128.store(out + 2 * outStride, sub(even1, odd1));
  const qh0 = v128.load(constants, QHALF_0);
  const qh2 = v128.load(constants, QHALF_2);
  const qh4 = v128.load(constants, QHALF_4);
  const evenHalf = add(add(mul(qh0, d2), mul(qh2, d4)), add(mul(qh4, d6), d8));
  const oddHalf = mul(
    v128.load(constants, HALF),
    add(add(mul(qh0, d1), mul(qh2, d3)), add(mul(qh4, d5), d7)),
  );
  v128.store(out + 3 * outStride, add(evenHalf, oddHalf));
  v128.store(out + 4 * outStride, sub(evenHalf, oddHalf));
  const q150 = v128.load(constants, Q15_0);
  const q152 = v128.load(constants, Q15_2);
  const q154 = v128.load(constants, Q15_4);
  const even15 = add(add(mul(q150, d2), mul(q152, d4)), add(mul(q154, d6), d8));
  const odd15 = mul(
    v128.load(constants, ONE_AND_HALF),
    add(add(mul(q150, d1), mul(q152, d3)), add(mul(q154, d5), d7)),
  );
  v128.store(out + 5 * outStride, add(even15, odd15));
  v128.store(out + 6 * outStride, sub(even15, odd15));
  const q40 = v128.load(constants, Q4_0);
  const q42 = v128.load(constants, Q4_2);
  const q44 = v128.load(constants, Q4_4);
  const even4 = add(add(mul(q40, d2), mul(q42, d4)), add(mul(q44, d6), d8));
  const odd4 = mul(v128.load(constants, FOUR), add(add(mul(q40, d1), mul(q42, d3)), add(mul(q44, d5), d7)));
  v128.store(out + 7 * outStride, add(even4, odd4));
  v128.store(out + 8 * outStride, sub(even4, odd4));
}

/** B · v, in place, for the gradients of the inputs: the transpose of `transformInput`. */
@inline
export function transformInputGradient(constants: usize, values: usize, stride: usize): void {
  const v0 = v128.load(values);
  const v1 = v128.load(values + stride);
  const v2 = v128.load(values + 2 * stride);
  const v3 = v128.load(values + 3 * stride);
  const v4 = v128.load(values + 4 * stride);
  const v5 = v128.load(values + 5 * stride);
  const v6 = v128.load(values + 6 * stride);
  const v7 = v128.load(values + 7 * stride);
  const v8 = v128.load(values + 8 * stride);
  const even1 = add(v1, v2);
  const odd1 = sub(v1, v2);
  const evenHalf = add(v3, v4);
  const oddHalf = mul(v128.load(constants, HALF), sub(v3, v4));
  const even15 = add(v5, v6);
  const odd15 = mul(v128.load(constants, ONE_AND_HALF), sub(v5, v6));
  const even4 = add(v7, v8);
  const odd4 = mul(v128.load(constants, FOUR), sub(v7, v8));
  v128.store(values, mul(v128.load(constants, P_0), v0));
  const q10 = v128.load(constants, Q1_0);
  const qh0 = v128.load(constants, QHALF_0);
  const q150 = v128.load(constants, Q15_0);
  const q40 = v128.load(constants, Q4_0);
  v128.store(values + stride, sumOfProducts(q10, odd1, qh0, oddHalf, q150, odd15, q40, odd4));
  v128.store(
    values + 2 * stride,
    add(
      mul(v128.load(constants, P_2), v0),
      sumOfProducts(q10, even1, qh0, evenHalf, q150, even15, q40, even4),
    ),
  );
  const q12 = v128.load(constants, Q1_2);
  const qh2 = v128.load(constants, QHALF_2);
  const q152 = v128.load(constants, Q15_2);
  const q42 = v128.load(constants, Q4_2);
  v128.store(values + 3 * stride, sumOfProducts(q12, odd1, qh2, oddHalf, q152, odd15, q42, odd4));
  v128.store(
    values + 4 * stride,
    add(
      mul(v128.load(constants, P_4), v0),
      sumOfProducts(q12, even1, qh2, evenHalf, q152, even15, q42, even4),
    ),
  );
  const q14 = v128.load(constants, Q1_4);
  const qh4 = v128.load(constants, QHALF_4);
  const q154 = v128.load(constants, Q15_4);
  const q44 = v128.load(constants, Q4_4);
  v128.store(values + 5 * stride, sumOfProducts(q14, odd1, qh4, oddHalf, q154, odd15, q44, odd4));
  v128.store(
    values + 6 * stride,
    add(
      mul(v128.load(constants, P_6), v0),
      sumOfProducts(q14, even1, qh4, evenHalf, q154, even15, q44, even4),
    ),
  );
  v128.store(values + 7 * stride, add(add(odd1, oddHalf), add(odd15, odd4)));
  v128.store(values + 8 * stride, add(v0, add(add(even1, evenHalf), add(even15, even4))));
}

@inline
function sumOfProducts(a: v128, x: v128, b: v128, y: v128, c: v128, z: v128, d: v128, w: v128): v128 {
  return add(add(mul(a, x), mul(b, y)), add(mul(c, z), mul(d, w)));
}

/**
 * start + Aᵀ · m, by value (also for the weights, see toom-cook-5-5-weights.ts): row k holds the points' k-th powers.
 * @param start of every output: a bias
 */
@inline
export function sumPowers(
  constants: usize,
  out: usize,
  outStride: usize,
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
  const evenHalf = add(m3, m4);
  const oddHalf = sub(m3, m4);
  const even15 = add(m5, m6);
  const odd15 = sub(m5, m6);
  const even4 = add(m7, m8);
  const odd4 = sub(m7, m8);
  v128.store(out, add(add(m0, even1), add(evenHalf, add(even15, even4))));
  v128.store(
    out + outStride,
    add(
      add(odd1, mul(v128.load(constants, HALF), oddHalf)),
      add(mul(v128.load(constants, ONE_AND_HALF), odd15), mul(v128.load(constants, FOUR), odd4)),
    ),
  );
  v128.store(
    out + 2 * outStride,
    add(
      add(even1, mul(v128.load(constants, QUARTER), evenHalf)),
      add(mul(v128.load(constants, TWO_AND_QUARTER), even15), mul(v128.load(constants, SIXTEEN), even4)),
    ),
  );
  v128.store(
    out + 3 * outStride,
    add(
      add(odd1, mul(v128.load(constants, EIGHTH), oddHalf)),
      add(mul(v128.load(constants, CUBE_OF_1_5), odd15), mul(v128.load(constants, SIXTY_FOUR), odd4)),
    ),
  );
  v128.store(
    out + 4 * outStride,
    add(
      add(even1, mul(v128.load(constants, SIXTEENTH), evenHalf)),
      add(
        mul(v128.load(constants, FOURTH_POWER_OF_1_5), even15),
        mul(v128.load(constants, FOURTH_POWER_OF_4), even4),
      ),
    ),
  );
}

/** start + Aᵀ · m, with the same start for every output. */
@inline
export function transformProducts(
  constants: usize,
  products: usize,
  stride: usize,
  out: usize,
  outStride: usize,
  start: v128,
): void {
  sumPowers(
    constants,
    out,
    outStride,
    v128.load(products),
    v128.load(products + stride),
    v128.load(products + 2 * stride),
    v128.load(products + 3 * stride),
    v128.load(products + 4 * stride),
    v128.load(products + 5 * stride),
    v128.load(products + 6 * stride),
    v128.load(products + 7 * stride),
    v128.load(products + 8 * stride),
    start,
  );
}

/** A · y, by value (also for the weights, see toom-cook-5-5-weights.ts): the polynomial y0 + y1 x + … + y4 x⁴ at the points. */
@inline
export function evaluatePolynomial(
  constants: usize,
  out: usize,
  outStride: usize,
  y0: v128,
  y1: v128,
  y2: v128,
  y3: v128,
  y4: v128,
): void {
  v128.store(out, y0);
  const even1 = add(add(y0, y2), y4);
  const odd1 = add(y1, y3);
  v128.store(out + outStride, add(even1, odd1));
  v128.store(out + 2 * outStride, sub(even1, odd1));
  const quarter = v128.load(constants, QUARTER);
  const evenHalf = add(y0, mul(quarter, add(y2, mul(quarter, y4))));
  const oddHalf = mul(v128.load(constants, HALF), add(y1, mul(quarter, y3)));
  v128.store(out + 3 * outStride, add(evenHalf, oddHalf));
  v128.store(out + 4 * outStride, sub(evenHalf, oddHalf));
  const twoAndQuarter = v128.load(constants, TWO_AND_QUARTER);
  const even15 = add(y0, mul(twoAndQuarter, add(y2, mul(twoAndQuarter, y4))));
  const odd15 = mul(v128.load(constants, ONE_AND_HALF), add(y1, mul(twoAndQuarter, y3)));
  v128.store(out + 5 * outStride, add(even15, odd15));
  v128.store(out + 6 * outStride, sub(even15, odd15));
  const sixteen = v128.load(constants, SIXTEEN);
  const even4 = add(y0, mul(sixteen, add(y2, mul(sixteen, y4))));
  const odd4 = mul(v128.load(constants, FOUR), add(y1, mul(sixteen, y3)));
  v128.store(out + 7 * outStride, add(even4, odd4));
  v128.store(out + 8 * outStride, sub(even4, odd4));
}

/** A · y, for the gradients of the outputs. */
@inline
export function transformOutputGradient(
  constants: usize,
  gradient: usize,
  stride: usize,
  out: usize,
  outStride: usize,
): void {
  evaluatePolynomial(
    constants,
    out,
    outStride,
    v128.load(gradient),
    v128.load(gradient + stride),
    v128.load(gradient + 2 * stride),
    v128.load(gradient + 3 * stride),
    v128.load(gradient + 4 * stride),
  );
}
