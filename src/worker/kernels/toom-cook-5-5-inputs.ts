/** F(5, 5), see toom-cook-5-5.ts: the transform of the inputs, and its transpose for their gradients. */
import {
  FOUR,
  HALF,
  ONE_AND_HALF,
  P_0,
  P_2,
  P_4,
  P_6,
  Q_FOUR_0,
  Q_FOUR_2,
  Q_FOUR_4,
  Q_HALF_0,
  Q_HALF_2,
  Q_HALF_4,
  Q_ONE_0,
  Q_ONE_2,
  Q_ONE_4,
  Q_ONE_AND_HALF_0,
  Q_ONE_AND_HALF_2,
  Q_ONE_AND_HALF_4,
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
  const qOne0 = v128.load(constants, Q_ONE_0);
  const qOne2 = v128.load(constants, Q_ONE_2);
  const qOne4 = v128.load(constants, Q_ONE_4);
  const evenOne = evaluateQ(qOne0, qOne2, qOne4, d2, d4, d6, d8);
  const oddOne = evaluateQ(qOne0, qOne2, qOne4, d1, d3, d5, d7);
  v128.store(out + outStride, add(evenOne, oddOne));
  v128.store(out + 2 * outStride, sub(evenOne, oddOne));
  const qHalf0 = v128.load(constants, Q_HALF_0);
  const qHalf2 = v128.load(constants, Q_HALF_2);
  const qHalf4 = v128.load(constants, Q_HALF_4);
  const evenHalf = evaluateQ(qHalf0, qHalf2, qHalf4, d2, d4, d6, d8);
  const oddHalf = mul(v128.load(constants, HALF), evaluateQ(qHalf0, qHalf2, qHalf4, d1, d3, d5, d7));
  v128.store(out + 3 * outStride, add(evenHalf, oddHalf));
  v128.store(out + 4 * outStride, sub(evenHalf, oddHalf));
  const qOneAndHalf0 = v128.load(constants, Q_ONE_AND_HALF_0);
  const qOneAndHalf2 = v128.load(constants, Q_ONE_AND_HALF_2);
  const qOneAndHalf4 = v128.load(constants, Q_ONE_AND_HALF_4);
  const evenOneAndHalf = evaluateQ(qOneAndHalf0, qOneAndHalf2, qOneAndHalf4, d2, d4, d6, d8);
  const oddOneAndHalf = mul(
    v128.load(constants, ONE_AND_HALF),
    evaluateQ(qOneAndHalf0, qOneAndHalf2, qOneAndHalf4, d1, d3, d5, d7),
  );
  v128.store(out + 5 * outStride, add(evenOneAndHalf, oddOneAndHalf));
  v128.store(out + 6 * outStride, sub(evenOneAndHalf, oddOneAndHalf));
  const qFour0 = v128.load(constants, Q_FOUR_0);
  const qFour2 = v128.load(constants, Q_FOUR_2);
  const qFour4 = v128.load(constants, Q_FOUR_4);
  const evenFour = evaluateQ(qFour0, qFour2, qFour4, d2, d4, d6, d8);
  const oddFour = mul(v128.load(constants, FOUR), evaluateQ(qFour0, qFour2, qFour4, d1, d3, d5, d7));
  v128.store(out + 7 * outStride, add(evenFour, oddFour));
  v128.store(out + 8 * outStride, sub(evenFour, oddFour));
}

/** q0 · a + q2 · b + q4 · c + d */
@inline
function evaluateQ(q0: v128, q2: v128, q4: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  return add(add(mul(q0, a), mul(q2, b)), add(mul(q4, c), d));
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
  const evenOne = add(v1, v2);
  const oddOne = sub(v1, v2);
  const evenHalf = add(v3, v4);
  const oddHalf = mul(v128.load(constants, HALF), sub(v3, v4));
  const evenOneAndHalf = add(v5, v6);
  const oddOneAndHalf = mul(v128.load(constants, ONE_AND_HALF), sub(v5, v6));
  const evenFour = add(v7, v8);
  const oddFour = mul(v128.load(constants, FOUR), sub(v7, v8));
  v128.store(values, mul(v128.load(constants, P_0), v0));
  const qOne0 = v128.load(constants, Q_ONE_0);
  const qHalf0 = v128.load(constants, Q_HALF_0);
  const qOneAndHalf0 = v128.load(constants, Q_ONE_AND_HALF_0);
  const qFour0 = v128.load(constants, Q_FOUR_0);
  v128.store(
    values + stride,
    sumOfProducts(qOne0, oddOne, qHalf0, oddHalf, qOneAndHalf0, oddOneAndHalf, qFour0, oddFour),
  );
  v128.store(
    values + 2 * stride,
    add(
      mul(v128.load(constants, P_2), v0),
      sumOfProducts(qOne0, evenOne, qHalf0, evenHalf, qOneAndHalf0, evenOneAndHalf, qFour0, evenFour),
    ),
  );
  const qOne2 = v128.load(constants, Q_ONE_2);
  const qHalf2 = v128.load(constants, Q_HALF_2);
  const qOneAndHalf2 = v128.load(constants, Q_ONE_AND_HALF_2);
  const qFour2 = v128.load(constants, Q_FOUR_2);
  v128.store(
    values + 3 * stride,
    sumOfProducts(qOne2, oddOne, qHalf2, oddHalf, qOneAndHalf2, oddOneAndHalf, qFour2, oddFour),
  );
  v128.store(
    values + 4 * stride,
    add(
      mul(v128.load(constants, P_4), v0),
      sumOfProducts(qOne2, evenOne, qHalf2, evenHalf, qOneAndHalf2, evenOneAndHalf, qFour2, evenFour),
    ),
  );
  const qOne4 = v128.load(constants, Q_ONE_4);
  const qHalf4 = v128.load(constants, Q_HALF_4);
  const qOneAndHalf4 = v128.load(constants, Q_ONE_AND_HALF_4);
  const qFour4 = v128.load(constants, Q_FOUR_4);
  v128.store(
    values + 5 * stride,
    sumOfProducts(qOne4, oddOne, qHalf4, oddHalf, qOneAndHalf4, oddOneAndHalf, qFour4, oddFour),
  );
  v128.store(
    values + 6 * stride,
    add(
      mul(v128.load(constants, P_6), v0),
      sumOfProducts(qOne4, evenOne, qHalf4, evenHalf, qOneAndHalf4, evenOneAndHalf, qFour4, evenFour),
    ),
  );
  v128.store(values + 7 * stride, add(add(oddOne, oddHalf), add(oddOneAndHalf, oddFour)));
  v128.store(values + 8 * stride, add(v0, add(add(evenOne, evenHalf), add(evenOneAndHalf, evenFour))));
}

@inline
function sumOfProducts(a: v128, x: v128, b: v128, y: v128, c: v128, z: v128, d: v128, w: v128): v128 {
  return add(add(mul(a, x), mul(b, y)), add(mul(c, z), mul(d, w)));
}
