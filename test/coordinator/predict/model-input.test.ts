import { describe, expect, test } from 'vitest';
import { type Inversion, toModelInput } from '../../../src/coordinator/predict/model-input.ts';
import { readFashionImages } from '../../reference/fashion-images.ts';
import { greyPainter, type Painter, paint } from '../../support/pictures.ts';

const { images } = readFashionImages();
const examples = Array.from({ length: 64 }, (_, index) => images.subarray(784 * index, 784 * (index + 1)));

function inputOf(width: number, height: number, painter: Painter, inversion: Inversion = 'auto') {
  return toModelInput({ width, height, pixels: paint(width, height, painter) }, inversion);
}

describe('toModelInput', () => {
  test('leaves images of the data set as they are, and does not take their background for bright', () => {
    for (const image of examples) {
      expect(inputOf(28, 28, greyPainter(image))).toEqual({ pixels: image, inverted: false });
    }
  });

  test('gives them back when they are enlarged a whole number of times', () => {
    for (const image of examples.slice(0, 8)) {
      expect(inputOf(84, 84, greyPainter(image, 3)).pixels).toEqual(image);
    }
  });

  test('finds their negatives to be on a bright background, and exchanges bright and dark', () => {
    for (const image of examples) {
      const negative = greyPainter(image.map((grey) => 255 - grey));
      expect(inputOf(28, 28, negative)).toEqual({ pixels: image, inverted: true });
      expect(inputOf(28, 28, negative, 'no').inverted).toBe(false);
    }
  });

  test('takes a background from the middle grey on for bright', () => {
    expect(inputOf(28, 28, () => [127, 127, 127, 255]).inverted).toBe(false);
    expect(inputOf(28, 28, () => [128, 128, 128, 255]).inverted).toBe(true);
    const onlyInside: Painter = (x, y) => (x % 27 && y % 27 ? [255, 255, 255, 255] : [0, 0, 0, 255]);
    expect(inputOf(28, 28, onlyInside).inverted).toBe(false);
  });

  test('averages the area that a pixel covers', () => {
    // 42 to 28 pixels: each covers one and a half.
    const { pixels } = inputOf(
      42,
      42,
      (x) => [x === 0 ? 90 : 0, x === 0 ? 90 : 0, x === 0 ? 90 : 0, 255],
      'no',
    );
    expect([...pixels.subarray(0, 3)]).toEqual([60, 0, 0]);
    const second = inputOf(42, 42, (x) => [x === 1 ? 90 : 0, x === 1 ? 90 : 0, x === 1 ? 90 : 0, 255], 'no');
    expect([...second.pixels.subarray(0, 3)]).toEqual([30, 30, 0]);
  });

  test('weighs the colours as the eye does', () => {
    expect(inputOf(28, 28, () => [255, 0, 0, 255], 'no').pixels[0]).toBe(76);
    expect(inputOf(28, 28, () => [0, 255, 0, 255], 'no').pixels[0]).toBe(150);
    expect(inputOf(28, 28, () => [0, 0, 255, 255], 'no').pixels[0]).toBe(29);
  });

  test('takes what is transparent for white', () => {
    expect(inputOf(28, 28, () => [0, 0, 0, 0])).toEqual({ pixels: new Uint8Array(784), inverted: true });
    expect(inputOf(28, 28, () => [0, 0, 0, 51], 'no').pixels[0]).toBe(204);
  });

  test.each([
    { width: 10, height: 40, columns: [10, 16], rows: [0, 27] },
    { width: 400, height: 100, columns: [0, 27], rows: [10, 16] },
    { width: 1, height: 1000, columns: [13, 13], rows: [0, 27] },
  ])('keeps the shape of $width×$height, in the middle of black', ({ width, height, columns, rows }) => {
    const { pixels } = inputOf(width, height, () => [99, 99, 99, 255]);
    const bright = [...pixels.keys()].filter((at) => pixels[at] === 99);
    const xs = bright.map((at) => at % 28);
    const ys = bright.map((at) => Math.floor(at / 28));
    expect([Math.min(...xs), Math.max(...xs)]).toEqual(columns);
    expect([Math.min(...ys), Math.max(...ys)]).toEqual(rows);
    expect(bright.length + pixels.filter((grey) => grey === 0).length).toBe(784);
  });
});
