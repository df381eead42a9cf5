import { beforeAll, describe, expect, test } from 'vitest';
import { parameterCount } from '../../../src/shared/parameters.ts';
import { randomValues, seededGenerator } from '../../reference/random-values.ts';
import { compileKernels, KernelHarness } from './kernel-harness.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileKernels();
});

/** Adds pairwise, level by level: an odd one out moves up unchanged. */
function treeSum(slots: readonly Float32Array[]): Float32Array {
  if (slots.length === 1) return slots[0] as Float32Array;
  const next: Float32Array[] = [];
  for (let index = 0; index < slots.length; index += 2) {
    const left = slots[index] as Float32Array;
    const right = slots[index + 1];
    // A sum of two float32 in float64, rounded, is their float32 sum.
    next.push(right === undefined ? left : left.map((value, k) => value + (right[k] as number)));
  }
  return treeSum(next);
}

function randomSlots(count: number, length: number): Float32Array[] {
  const generator = seededGenerator(count);
  return Array.from({ length: count }, () => Float32Array.from(randomValues(generator, length)));
}

interface Range {
  from: number;
  to: number;
}

function reduce(slots: readonly Float32Array[], ranges: readonly Range[], sampleCount: number) {
  const harness = new KernelHarness(module);
  const length = (slots[0] as Float32Array).length;
  const stride = Math.ceil((4 * length) / 64) * 64;
  const address = harness.allocate(stride * slots.length);
  // What lies between the slots must not matter.
  harness.bytes(address, stride * slots.length).fill(0xff);
  slots.forEach((slot, index) => {
    harness.floats(address + index * stride, length).set(slot);
  });
  const mean = harness.allocate(stride);
  const before = harness.bytes(address, stride * slots.length).slice();
  const sumsOfSquares = ranges.map(({ from, to }) =>
    harness.kernels.reduceGradients(address, stride, slots.length, mean, from, to, sampleCount),
  );
  return {
    mean: harness.floats(mean, stride / 4).slice(),
    sumsOfSquares,
    slotsUnchanged: Buffer.compare(before, harness.bytes(address, stride * slots.length)) === 0,
  };
}

describe('reduceGradients', () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 11, 16, 37, 100])('adds %i slots as the tree does, to the bit', (count) => {
    const slots = randomSlots(count, 134);
    const { mean, slotsUnchanged } = reduce(slots, [{ from: 0, to: 134 }], 123);
    expect(mean.subarray(0, 134)).toEqual(treeSum(slots).map((value) => value / 123));
    expect(slotsUnchanged).toBe(true);
  });

  test('writes its range and nothing else', () => {
    const slots = randomSlots(8, 134);
    const whole = reduce(slots, [{ from: 0, to: 134 }], 16).mean;
    for (const { from, to } of [
      { from: 16, to: 64 },
      { from: 64, to: 101 },
      { from: 112, to: 134 },
    ]) {
      const expected = new Float32Array(whole.length);
      expected.set(whole.subarray(from, to), from);
      expect(reduce(slots, [{ from, to }], 16).mean).toEqual(expected);
    }
  });

  test('returns the sum of squares of what it wrote', () => {
    const slots = randomSlots(8, parameterCount);
    const ranges = Array.from({ length: Math.ceil(parameterCount / 4096) }, (_, index) => ({
      from: 4096 * index,
      to: Math.min(parameterCount, 4096 * (index + 1)),
    }));
    const { mean, sumsOfSquares } = reduce(slots, ranges, 128);
    ranges.forEach(({ from, to }, index) => {
      const expected = mean.subarray(from, to).reduce((sum, value) => sum + value * value, 0);
      expect((sumsOfSquares[index] as number) / expected).toBeCloseTo(1, 12);
    });
  });

  test.each([
    { value: Number.NaN, element: 0 },
    { value: Infinity, element: 17 },
    { value: -Infinity, element: 133 },
    { value: 3e38, element: 40 },
  ])('a $value in a slot makes the sum of squares not finite', ({ value, element }) => {
    const slots = randomSlots(8, 134);
    (slots[2] as Float32Array)[element] = value;
    (slots[3] as Float32Array)[element] = value;
    const { sumsOfSquares } = reduce(slots, [{ from: 0, to: 134 }], 8);
    expect(sumsOfSquares[0]).not.toSatisfy(Number.isFinite);
  });
});
