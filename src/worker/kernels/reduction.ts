import { add } from './vector.ts';

/**
 * Elements [from, to) of the mean gradient: the sum over the slots, pairwise in slot order, divided by `sampleCount`.
 * Slots begin and end on multiples of 64 bytes, so that reading up to the next multiple of 16 stays within one.
 * @returns the sum of squares of the elements written, in float64 and fixed order
 */
export function reduceGradients(
  slots: usize,
  slotStride: usize,
  slotCount: usize,
  meanGradient: usize,
  from: usize,
  to: usize,
  sampleCount: i32,
): f64 {
  const divisor = f32x4.splat(<f32>sampleCount);
  const span = nextPowerOfTwo(slotCount);
  const end: usize = 4 * to;
  let squaresLow = f64x2.splat(0);
  let squaresHigh = f64x2.splat(0);
  let element: usize = 4 * from;
  for (; element + 16 <= end; element += 16) {
    const sum =
      slotCount == 8
        ? sumEight(slots + element, slotStride)
        : sumTree(slots + element, slotStride, slotCount, span);
    const mean = f32x4.div(sum, divisor);
    v128.store(meanGradient + element, mean);
    const low = f64x2.promote_low_f32x4(mean);
    const high = f64x2.promote_low_f32x4(i64x2.shuffle(mean, mean, 1, 0));
    squaresLow = f64x2.add(squaresLow, f64x2.mul(low, low));
    squaresHigh = f64x2.add(squaresHigh, f64x2.mul(high, high));
  }
  const squares = f64x2.add(squaresLow, squaresHigh);
  let sumOfSquares = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
  if (element < end) {
    // The last one to three elements.
    let mean = f32x4.div(sumTree(slots + element, slotStride, slotCount, span), divisor);
    for (; element < end; element += 4) {
      const value = f32x4.extract_lane(mean, 0);
      store<f32>(meanGradient + element, value);
      sumOfSquares += <f64>value * <f64>value;
      mean = i32x4.shuffle(mean, mean, 1, 2, 3, 0);
    }
  }
  return sumOfSquares;
}

/**
 * The tree's sum of four neighbouring elements over `count` slots. A tree over `span` leaves (a power of two, `count` at
 * most) adds its two halves; a right half without leaves leaves the left one as it is, which is how an odd one moves up.
 */
function sumTree(slot: usize, stride: usize, count: usize, span: usize): v128 {
  if (count == 8) return sumEight(slot, stride);
  if (count == 4) return sumFour(slot, stride);
  if (count == 2) return sumTwo(slot, stride);
  if (count == 1) return v128.load(slot);
  const half = span >> 1;
  if (count <= half) return sumTree(slot, stride, count, half);
  return add(sumTree(slot, stride, half, half), sumTree(slot + half * stride, stride, count - half, half));
}

@inline
function sumTwo(slot: usize, stride: usize): v128 {
  return add(v128.load(slot), v128.load(slot + stride));
}

@inline
function sumFour(slot: usize, stride: usize): v128 {
  return add(sumTwo(slot, stride), sumTwo(slot + 2 * stride, stride));
}

@inline
function sumEight(slot: usize, stride: usize): v128 {
  return add(sumFour(slot, stride), sumFour(slot + 4 * stride, stride));
}

function nextPowerOfTwo(count: usize): usize {
  let power: usize = 1;
  while (power < count) power <<= 1;
  return power;
}
