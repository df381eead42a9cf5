/**
 * F(5, 5): five outputs of a one-dimensional convolution with five taps, by nine multiplications instead of twenty-five.
 *
 * As F(4, 5) in toom-cook-4-5.ts (which has the theory), with other points: 0, 1, -1, ½, -½, 1½, -1½, 4, -4, in this order,
 * so P(x) = x (x² - 1) (x² - ¼) (x² - 2¼) (x² - 16). A search over sets of small fractions found these: rounding errors are
 * half of those with 0, ±1, ±2, ±½, 4, ∞, which counts twice where the transform is applied along both axes; and all of their
 * powers and coefficients are float32. Without ∞, nine outputs of a product of polynomials need nine finite points.
 *
 * Every transform works on four samples, a quad of a line. The distances of operands and results are parameters, for
 * x and y differ in them alone. Here those of the outputs; toom-cook-5-5-inputs.ts has Bᵀ and B, toom-cook-5-5-weights.ts G.
 */
import {
  CUBE_OF_ONE_AND_HALF,
  EIGHTH,
  FOUR,
  FOURTH_POWER_OF_FOUR,
  FOURTH_POWER_OF_ONE_AND_HALF,
  HALF,
  ONE_AND_HALF,
  QUARTER,
  SIXTEEN,
  SIXTEENTH,
  SIXTY_FOUR,
  TWO_AND_QUARTER,
} from './transform-constants.ts';
import { add, mul, sub } from './vector.ts';

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
  const evenOne = add(start, add(m1, m2));
  const oddOne = add(start, sub(m1, m2));
  const evenHalf = add(m3, m4);
  const oddHalf = sub(m3, m4);
  const evenOneAndHalf = add(m5, m6);
  const oddOneAndHalf = sub(m5, m6);
  const evenFour = add(m7, m8);
  const oddFour = sub(m7, m8);
  v128.store(out, add(add(m0, evenOne), add(evenHalf, add(evenOneAndHalf, evenFour))));
  v128.store(
    out + outStride,
    add(
      add(oddOne, mul(v128.load(constants, HALF), oddHalf)),
      add(mul(v128.load(constants, ONE_AND_HALF), oddOneAndHalf), mul(v128.load(constants, FOUR), oddFour)),
    ),
  );
  v128.store(
    out + 2 * outStride,
    add(
      add(evenOne, mul(v128.load(constants, QUARTER), evenHalf)),
      add(
        mul(v128.load(constants, TWO_AND_QUARTER), evenOneAndHalf),
        mul(v128.load(constants, SIXTEEN), evenFour),
      ),
    ),
  );
  v128.store(
    out + 3 * outStride,
    add(
      add(oddOne, mul(v128.load(constants, EIGHTH), oddHalf)),
      add(
        mul(v128.load(constants, CUBE_OF_ONE_AND_HALF), oddOneAndHalf),
        mul(v128.load(constants, SIXTY_FOUR), oddFour),
      ),
    ),
  );
  v128.store(
    out + 4 * outStride,
    add(
      add(evenOne, mul(v128.load(constants, SIXTEENTH), evenHalf)),
      add(
        mul(v128.load(constants, FOURTH_POWER_OF_ONE_AND_HALF), evenOneAndHalf),
        mul(v128.load(constants, FOURTH_POWER_OF_FOUR), evenFour),
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
  const evenOne = add(add(y0, y2), y4);
  const oddOne = add(y1, y3);
  v128.store(out + outStride, add(evenOne, oddOne));
  v128.store(out + 2 * outStride, sub(evenOne, oddOne));
  const quarter = v128.load(constants, QUARTER);
  const evenHalf = add(y0, mul(quarter, add(y2, mul(quarter, y4))));
  const oddHalf = mul(v128.load(constants, HALF), add(y1, mul(quarter, y3)));
  v128.store(out + 3 * outStride, add(evenHalf, oddHalf));
  v128.store(out + 4 * outStride, sub(evenHalf, oddHalf));
  const twoAndQuarter = v128.load(constants, TWO_AND_QUARTER);
  const evenOneAndHalf = add(y0, mul(twoAndQuarter, add(y2, mul(twoAndQuarter, y4))));
  const oddOneAndHalf = mul(v128.load(constants, ONE_AND_HALF), add(y1, mul(twoAndQuarter, y3)));
  v128.store(out + 5 * outStride, add(evenOneAndHalf, oddOneAndHalf));
  v128.store(out + 6 * outStride, sub(evenOneAndHalf, oddOneAndHalf));
  const sixteen = v128.load(constants, SIXTEEN);
  const evenFour = add(y0, mul(sixteen, add(y2, mul(sixteen, y4))));
  const oddFour = mul(v128.load(constants, FOUR), add(y1, mul(sixteen, y3)));
  v128.store(out + 7 * outStride, add(evenFour, oddFour));
  v128.store(out + 8 * outStride, sub(evenFour, oddFour));
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
