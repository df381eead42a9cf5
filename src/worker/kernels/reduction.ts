import { LINE } from './scratch-layout.ts';
import { add } from './vector.ts';

/**
 * Elements [from, to) of the mean gradient: the sum over the slots, pairwise in slot order, divided by `sampleCount`.
 * Slots begin on multiples of 64 bytes, so that reading up to the next multiple of 16 stays within one.
 * @param from a multiple of 4
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
  const first: usize = 4 * from;
  const end: usize = 4 * to;
  // Whole vectors; one to three elements may be left over.
  const vectorsEnd = end & ~15;
  // The usual number of slots has a faster way, for whole cache lines.
  const linesEnd: usize = slotCount == 8 ? first + ((end - first) & ~(LINE - 1)) : first;
  sumEightSlots(slots, slotStride, meanGradient, first, linesEnd);
  sumSlots(slots, slotStride, slotCount, meanGradient, linesEnd, vectorsEnd);
  if (vectorsEnd < end) {
    let rest = sumTree(slots + vectorsEnd, slotStride, slotCount, nextPowerOfTwo(slotCount));
    for (let at = vectorsEnd; at < end; at += 4) {
      store<f32>(meanGradient + at, f32x4.extract_lane(rest, 0));
      rest = i32x4.shuffle(rest, rest, 1, 2, 3, 0);
    }
  }
  return divideAndSquare(meanGradient, first, end, <f32>sampleCount);
}

function sumSlots(slots: usize, stride: usize, count: usize, out: usize, from: usize, to: usize): void {
  const span = nextPowerOfTwo(count);
  for (let at = from; at < to; at += 16) v128.store(out + at, sumTree(slots + at, stride, count, span));
}

/** The usual number of slots, without calls and a cache line at a time, so that the addresses are computed but once a line. */
function sumEightSlots(slots: usize, stride: usize, out: usize, from: usize, to: usize): void {
  for (let at = from; at < to; at += LINE) {
    const slot0 = slots + at;
    const slot1 = slot0 + stride;
    const slot2 = slot1 + stride;
    const slot3 = slot2 + stride;
    const slot4 = slot3 + stride;
    const slot5 = slot4 + stride;
    const slot6 = slot5 + stride;
    const slot7 = slot6 + stride;
    const target = out + at;
    sumEight(target, slot0, slot1, slot2, slot3, slot4, slot5, slot6, slot7, 0);
    sumEight(target, slot0, slot1, slot2, slot3, slot4, slot5, slot6, slot7, 16);
    sumEight(target, slot0, slot1, slot2, slot3, slot4, slot5, slot6, slot7, 32);
    sumEight(target, slot0, slot1, slot2, slot3, slot4, slot5, slot6, slot7, 48);
  }
}

@inline
function sumEight(
  out: usize,
  slot0: usize,
  slot1: usize,
  slot2: usize,
  slot3: usize,
  slot4: usize,
  slot5: usize,
  slot6: usize,
  slot7: usize,
  byte: usize,
): void {
  const sum01 = add(v128.load(slot0 + byte), v128.load(slot1 + byte));
  const sum23 = add(v128.load(slot2 + byte), v128.load(slot3 + byte));
  const sum45 = add(v128.load(slot4 + byte), v128.load(slot5 + byte));
  const sum67 = add(v128.load(slot6 + byte), v128.load(slot7 + byte));
  v128.store(out + byte, add(add(sum01, sum23), add(sum45, sum67)));
}

/**
 * The tree's sum of four neighbouring elements over `count` slots. A tree over `span` leaves (a power of two, at least
 * `count`) adds its two halves; a right half without leaves leaves the left one as it is, which is how an odd one moves up.
 */
function sumTree(slot: usize, stride: usize, count: usize, span: usize): v128 {
  if (count == 1) return v128.load(slot);
  if (count == 2) return sumTwo(slot, stride);
  if (count == 4) return sumFour(slot, stride);
  if (count == 8) return sumOfEight(slot, stride);
  // Inlined, for a call costs as much as the eight additions behind it.
  if (count == 16) return sumSixteen(slot, stride);
  if (count == 32) return add(sumSixteen(slot, stride), sumSixteen(slot + 16 * stride, stride));
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
function sumOfEight(slot: usize, stride: usize): v128 {
  return add(sumFour(slot, stride), sumFour(slot + 4 * stride, stride));
}

@inline
function sumSixteen(slot: usize, stride: usize): v128 {
  return add(sumOfEight(slot, stride), sumOfEight(slot + 8 * stride, stride));
}

function nextPowerOfTwo(count: usize): usize {
  let power: usize = 1;
  while (power < count) power <<= 1;
  return power;
}

/** Divides bytes [from, to) of float32 values in place and returns the sum of the quotients' squares. */
function divideAndSquare(values: usize, from: usize, to: usize, divisor: f32): f64 {
  const divisors = f32x4.splat(divisor);
  let squaresLow = f64x2.splat(0);
  let squaresHigh = f64x2.splat(0);
  let at = values + from;
  const end = values + to;
  for (; at + 16 <= end; at += 16) {
    const quotient = f32x4.div(v128.load(at), divisors);
    v128.store(at, quotient);
    const low = f64x2.promote_low_f32x4(quotient);
    const high = f64x2.promote_low_f32x4(i64x2.shuffle(quotient, quotient, 1, 0));
    squaresLow = f64x2.add(squaresLow, f64x2.mul(low, low));
    squaresHigh = f64x2.add(squaresHigh, f64x2.mul(high, high));
  }
  const squares = f64x2.add(squaresLow, squaresHigh);
  let sum = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
  for (; at < end; at += 4) {
    const quotient = load<f32>(at) / divisor;
    store<f32>(at, quotient);
    sum += <f64>quotient * <f64>quotient;
  }
  return sum;
}

/** target = target + other, over `count` elements. */
export function addGradients(target: usize, other: usize, count: usize): void {
  const end: usize = 4 * count;
  let at: usize = 0;
  for (; at + 16 <= end; at += 16) {
    v128.store(target + at, add(v128.load(target + at), v128.load(other + at)));
  }
  for (; at < end; at += 4) store<f32>(target + at, load<f32>(target + at) + load<f32>(other + at));
}
