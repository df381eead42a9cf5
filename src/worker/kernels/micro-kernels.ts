/**
 * The two innermost loops behind all matrix products. Both keep exactly eight accumulators and do one step an iteration:
 * with more accumulators, or with the loop unrolled, V8's register allocator spills into the loop.
 */
import { LINE } from './scratch-layout.ts';
import { add, mul, zero } from './vector.ts';

/**
 * Two rows of a product of scalars and lines: out[r] = start[r] + Σ over `steps` of weight[r][step] · line[step].
 * @param weights first scalar of row 0; row 1 lies `secondRow` bytes behind it, the next step `weightStep` bytes
 * @param lines first line (or any 16 neighbouring float32); the next step lies `lineStep` bytes behind it
 */
@inline
export function multiplyLines(
  weights: usize,
  secondRow: usize,
  weightStep: usize,
  lines: usize,
  lineStep: usize,
  steps: usize,
  start0: v128,
  start1: v128,
  out0: usize,
  out1: usize,
): void {
  let a0 = start0;
  let a1 = start0;
  let a2 = start0;
  let a3 = start0;
  let b0 = start1;
  let b1 = start1;
  let b2 = start1;
  let b3 = start1;
  const end = lines + steps * lineStep;
  while (lines < end) {
    const w0 = v128.load_splat<f32>(weights);
    const w1 = v128.load_splat<f32>(weights + secondRow);
    const x0 = v128.load(lines);
    a0 = add(a0, mul(w0, x0));
    b0 = add(b0, mul(w1, x0));
    const x1 = v128.load(lines, 16);
    a1 = add(a1, mul(w0, x1));
    b1 = add(b1, mul(w1, x1));
    const x2 = v128.load(lines, 32);
    a2 = add(a2, mul(w0, x2));
    b2 = add(b2, mul(w1, x2));
    const x3 = v128.load(lines, 48);
    a3 = add(a3, mul(w0, x3));
    b3 = add(b3, mul(w1, x3));
    weights += weightStep;
    lines += lineStep;
  }
  v128.store(out0, a0);
  v128.store(out0, a1, 16);
  v128.store(out0, a2, 32);
  v128.store(out0, a3, 48);
  v128.store(out1, b0);
  v128.store(out1, b1, 16);
  v128.store(out1, b2, 32);
  v128.store(out1, b3, 48);
}

/**
 * Products of lines with lines, summed over samples: sum[i][j] += Σ over `bytes` of neighbouring lines of a[i] · b[j], for
 * four a and two b. Four partial sums (lanes) each.
 * @param a first line of a[0]; the next a lies `aStride` bytes behind it; b likewise
 * @param sums sum[0][0]; the next a's lies `aSumStride` bytes behind it, the next b's `bSumStride` bytes
 */
@inline
export function accumulateProducts(
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  bytes: usize,
  sums: usize,
  aSumStride: usize,
  bSumStride: usize,
): void {
  let s00 = v128.load(sums);
  let s01 = v128.load(sums + bSumStride);
  let s10 = v128.load(sums + aSumStride);
  let s11 = v128.load(sums + aSumStride + bSumStride);
  let s20 = v128.load(sums + 2 * aSumStride);
  let s21 = v128.load(sums + 2 * aSumStride + bSumStride);
  let s30 = v128.load(sums + 3 * aSumStride);
  let s31 = v128.load(sums + 3 * aSumStride + bSumStride);
  const end = b + bytes;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b + bStride);
    const a0 = v128.load(a);
    s00 = add(s00, mul(a0, b0));
    s01 = add(s01, mul(a0, b1));
    const a1 = v128.load(a + aStride);
    s10 = add(s10, mul(a1, b0));
    s11 = add(s11, mul(a1, b1));
    const a2 = v128.load(a + 2 * aStride);
    s20 = add(s20, mul(a2, b0));
    s21 = add(s21, mul(a2, b1));
    const a3 = v128.load(a + 3 * aStride);
    s30 = add(s30, mul(a3, b0));
    s31 = add(s31, mul(a3, b1));
    a += 16;
    b += 16;
  }
  v128.store(sums, s00);
  v128.store(sums + bSumStride, s01);
  v128.store(sums + aSumStride, s10);
  v128.store(sums + aSumStride + bSumStride, s11);
  v128.store(sums + 2 * aSumStride, s20);
  v128.store(sums + 2 * aSumStride + bSumStride, s21);
  v128.store(sums + 3 * aSumStride, s30);
  v128.store(sums + 3 * aSumStride + bSumStride, s31);
}

/** The four partial sums over `count` neighbouring lines. */
@inline
export function sumLines(line: usize, count: usize): v128 {
  let sum = zero();
  const end = line + count * LINE;
  while (line < end) {
    sum = add(
      sum,
      add(add(v128.load(line), v128.load(line, 16)), add(v128.load(line, 32), v128.load(line, 48))),
    );
    line += LINE;
  }
  return sum;
}
