import { beforeAll, describe, expect, test } from 'vitest';
import { type Augmentation, noAugmentation } from '../../../src/shared/model-options.ts';
import { readFashionImages } from '../../reference/fashion-images.ts';
import { randomParameters } from '../../reference/random-values.ts';
import { compileKernels, LoadedModel } from './kernel-harness.ts';

const { images, labels } = readFashionImages();
const parameters = randomParameters(1);
const all = Array.from({ length: 64 }, (_, index) => index);
const side = 28;
const pixels = side * side;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileKernels();
});

function augmented(
  augmentation: Partial<Augmentation>,
  options: { indices?: readonly number[]; epoch?: number; seed?: number } = {},
): Uint8Array[] {
  const { indices = all, epoch = 1, seed = 3 } = options;
  const choices = { augmentation: { ...noAugmentation, ...augmentation }, epoch, seed };
  const out = new LoadedModel(module, { parameters, images, labels }, 64, choices).augment(indices);
  return indices.map((_, position) => out.subarray(position * pixels, (position + 1) * pixels));
}

const original = (index: number) => images.subarray(index * pixels, (index + 1) * pixels);

/** Pixel (row, column) of an image; 0 outside. */
function pixel(image: Uint8Array, row: number, column: number): number {
  const isInside = row >= 0 && row < side && column >= 0 && column < side;
  return isInside ? (image[row * side + column] as number) : 0;
}

function drawn(at: (row: number, column: number) => number): Uint8Array {
  return Uint8Array.from({ length: pixels }, (_, index) => at(Math.floor(index / side), index % side));
}

const mirrored = (image: Uint8Array) => drawn((row, column) => pixel(image, row, side - 1 - column));
const shifted = (image: Uint8Array, x: number, y: number) =>
  drawn((row, column) => pixel(image, row - y, column - x));
const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe('augmentation', () => {
  test('none leaves the images as they are', () => {
    for (const [index, image] of augmented({}).entries()) expect(isSame(image, original(index))).toBe(true);
  });

  test('flip mirrors about half of the images and leaves the others', () => {
    const flipped = augmented({ flip: true }).map((image, index) => {
      const isMirrored = isSame(image, mirrored(original(index)));
      expect(isMirrored || isSame(image, original(index))).toBe(true);
      return isMirrored;
    });
    const count = flipped.filter(Boolean).length;
    expect(count).toBeGreaterThan(16);
    expect(count).toBeLessThan(48);
  });

  test('shift moves an image by up to so many pixels along each axis, black from outside', () => {
    const distances = [-2, -1, 0, 1, 2];
    const found = augmented({ shift: 2 }).map((image, index) => {
      const moves = distances.flatMap((x) => distances.map((y) => ({ x, y })));
      return moves.find(({ x, y }) => isSame(image, shifted(original(index), x, y)));
    });
    expect(found).not.toContain(undefined);
    for (const axis of ['x', 'y'] as const) {
      expect(new Set(found.map((move) => move?.[axis])).size).toBe(5);
    }
  });

  test('rotation turns about the centre: undone, it gives the image back but for the interpolation', () => {
    const degrees = 20;
    const turned = augmented({ rotation: degrees });
    const angles = turned.map((image, index) => {
      let best = { angle: 0, error: Number.POSITIVE_INFINITY };
      for (let angle = -degrees; angle <= degrees; angle += 0.5) {
        const expected = rotated(original(index), (angle * Math.PI) / 180);
        const error = image.reduce((sum, value, at) => sum + Math.abs(value - (expected[at] as number)), 0);
        if (error < best.error) best = { angle, error };
      }
      // Half a step of the search, and rounding.
      expect(best.error / pixels).toBeLessThan(2);
      return best.angle;
    });
    expect(Math.min(...angles)).toBeLessThan(-12);
    expect(Math.max(...angles)).toBeGreaterThan(12);
  });

  test('erasing blackens one rectangle of 4 to 14 rows and columns, with its probability', () => {
    const white = { parameters, images: new Uint8Array(images.length).fill(255), labels };
    const choices = { augmentation: { ...noAugmentation, erasing: 0.5 }, seed: 3 };
    const out = new LoadedModel(module, white, 64, choices).augment(all);
    const boxes = all.map((index) => {
      const image = out.subarray(index * pixels, (index + 1) * pixels);
      const erased = [...image.keys()].filter((at) => image[at] === 0);
      if (erased.length === 0) return undefined;
      const rows = erased.map((at) => Math.floor(at / side));
      const columns = erased.map((at) => at % side);
      const extent = (values: number[]) => Math.max(...values) - Math.min(...values) + 1;
      const [height, width] = [extent(rows), extent(columns)];
      expect(erased).toHaveLength(height * width);
      for (const size of [height, width]) {
        expect(size).toBeGreaterThanOrEqual(4);
        expect(size).toBeLessThanOrEqual(14);
      }
      return height;
    });
    const count = boxes.filter((box) => box !== undefined).length;
    expect(count).toBeGreaterThan(16);
    expect(count).toBeLessThan(48);
    expect(new Set(boxes).size).toBeGreaterThan(5);
  });

  const everything: Augmentation = { flip: true, shift: 3, rotation: 15, erasing: 0.5 };

  test('an image is a function of seed, epoch and sample, wherever in a micro-shard the sample stands', () => {
    const whole = augmented(everything);
    const [first, second] = augmented(everything, { indices: [41, 7] });
    expect(isSame(first as Uint8Array, whole[41] as Uint8Array)).toBe(true);
    expect(isSame(second as Uint8Array, whole[7] as Uint8Array)).toBe(true);
  });

  test.each([{ epoch: 2 }, { seed: 4 }, { seed: 3 + 2 ** 32 }])('%o gives other images', (options) => {
    const whole = augmented(everything);
    const others = augmented(everything, options);
    const same = others.filter((image, index) => isSame(image, whole[index] as Uint8Array));
    expect(same.length).toBeLessThan(4);
  });

  test('an evaluation sees the images as they are', () => {
    const sample = { parameters: randomParameters(3, 3), images, labels };
    const plain = new LoadedModel(module, sample, 64).evaluate(all);
    expect(new LoadedModel(module, sample, 64, { augmentation: everything }).evaluate(all)).toEqual(plain);
  });
});

/** Bilinear, in floating point. */
function rotated(image: Uint8Array, angle: number): Uint8Array {
  const centre = (side - 1) / 2;
  return drawn((row, column) => {
    const x = Math.cos(angle) * (column - centre) + Math.sin(angle) * (row - centre) + centre;
    const y = Math.cos(angle) * (row - centre) - Math.sin(angle) * (column - centre) + centre;
    const left = Math.floor(x);
    const top = Math.floor(y);
    const [right, down] = [x - left, y - top];
    const above = pixel(image, top, left) * (1 - right) + pixel(image, top, left + 1) * right;
    const below = pixel(image, top + 1, left) * (1 - right) + pixel(image, top + 1, left + 1) * right;
    return Math.round(above * (1 - down) + below * down);
  });
}
