import { describe, expect, test } from 'vitest';
import {
  decodePicture,
  type PictureFormat,
  pictureFormat,
} from '../../../src/coordinator/predict/raster-image.ts';
import { DataError } from '../../../src/shared/errors.ts';
import { seededGenerator } from '../../reference/random-values.ts';
import {
  interlacedPng,
  jpegOf,
  type Painter,
  paint,
  pngOf,
  withOrientation,
} from '../../support/pictures.ts';

const colours: Painter = (x, y) => [10 * x, 12 * y, 255 - 10 * x, 255 - y];
const black = [0, 0, 0, 255] as const;
const white = [255, 255, 255, 255] as const;
const grey = [128, 128, 128, 255] as const;

/** What stands in the middle of a corner block of 8×8 pixels. */
function cornersOf({ width, height, pixels }: ReturnType<typeof decodePicture>) {
  const at = (x: number, y: number) => {
    const value = pixels[4 * (y * width + x)] as number;
    return value > 200 ? 'white' : value > 60 ? 'grey' : 'black';
  };
  return [at(3, 3), at(width - 4, 3), at(3, height - 4), at(width - 4, height - 4)];
}

describe('decodePicture', () => {
  test('gives the pixels of a PNG as they are', () => {
    const picture = decodePicture('PNG', pngOf(20, 13, colours), 'a.png');
    expect(picture).toMatchObject({ width: 20, height: 13 });
    expect(Buffer.from(picture.pixels)).toEqual(paint(20, 13, colours));
  });

  test('gives those of a JPEG nearly so', () => {
    const smooth: Painter = (x, y) => [8 * x, 8 * x, 8 * y, 255];
    const { width, height, pixels } = decodePicture('JPEG', jpegOf(24, 16, smooth), 'a.jpg');
    expect([width, height]).toEqual([24, 16]);
    const expected = paint(24, 16, smooth);
    const furthest = Math.max(...expected.map((value, at) => Math.abs(value - (pixels[at] as number))));
    expect(furthest).toBeLessThan(20);
  });

  // Where the stored first row and first column are seen, by EXIF's definition.
  test.each([
    { orientation: 1, corners: ['white', 'grey', 'black', 'black'] },
    { orientation: 2, corners: ['grey', 'white', 'black', 'black'] },
    { orientation: 3, corners: ['black', 'black', 'grey', 'white'] },
    { orientation: 4, corners: ['black', 'black', 'white', 'grey'] },
    { orientation: 5, corners: ['white', 'black', 'grey', 'black'] },
    { orientation: 6, corners: ['black', 'white', 'black', 'grey'] },
    { orientation: 7, corners: ['black', 'grey', 'black', 'white'] },
    { orientation: 8, corners: ['grey', 'black', 'white', 'black'] },
  ])('turns a JPEG of orientation $orientation upright', ({ orientation, corners }) => {
    // White at the first pixels of the first row, grey at its last ones.
    const stored = jpegOf(32, 16, (x, y) => (y >= 8 ? black : x < 8 ? white : x >= 24 ? grey : black));
    for (const byteOrder of ['II', 'MM'] as const) {
      const picture = decodePicture('JPEG', withOrientation(stored, orientation, byteOrder), 'a.jpg');
      expect([picture.width, picture.height]).toEqual(orientation < 5 ? [32, 16] : [16, 32]);
      expect(cornersOf(picture)).toEqual(corners);
    }
  });

  test('refuses a picture of too many pixels by its header alone', () => {
    const png = pngOf(2, 2, () => white);
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(100_000, 20);
    expect(() => decodePicture('PNG', png, 'a.png')).toThrow(
      'a.png: 100000×100000 pixels, expected at most 25,000,000: scale it down.',
    );
    const jpeg = jpegOf(8, 8, () => white);
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(60_000, frame + 5);
    jpeg.writeUInt16BE(60_000, frame + 7);
    expect(() => decodePicture('JPEG', jpeg, 'a.jpg')).toThrow(/60000×60000 pixels, expected at most/);
  });

  test('decompresses no more of an interlaced PNG than its size can need', () => {
    expect(decodePicture('PNG', interlacedPng(Buffer.from([0, 77])), 'a.png').pixels).toEqual(
      Buffer.from([77, 77, 77, 255]),
    );
    const bomb = interlacedPng(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => decodePicture('PNG', bomb, 'a.png')).toThrow(/Cannot create a Buffer larger than/);
  });

  test.each(['PNG', 'JPEG'] as const)('refuses a %s that is cut off, wherever that is', (format) => {
    const whole = (format === 'PNG' ? pngOf : jpegOf)(20, 13, colours);
    for (let length = 0; length < whole.length - (format === 'PNG' ? 12 : 2); length++) {
      expect(() => decodePicture(format, whole.subarray(0, length), 'a'), `${length} bytes`).toThrow(
        DataError,
      );
    }
  });

  test.each(['PNG', 'JPEG'] as const)(
    'decodes a %s with wrong bytes, or refuses it',
    (format: PictureFormat) => {
      const whole = (format === 'PNG' ? pngOf : jpegOf)(20, 13, colours);
      const random = seededGenerator(3);
      let refused = 0;
      for (let round = 0; round < 500; round++) {
        const damaged = Buffer.from(whole);
        for (let flips = 0; flips < 3; flips++) {
          damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
        }
        try {
          const { width, height, pixels } = decodePicture(format, damaged, 'a');
          expect(pixels.length).toBe(4 * width * height);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(50);
    },
  );
});

describe('pictureFormat', () => {
  test('goes by the first bytes', () => {
    expect(pictureFormat(pngOf(1, 1, () => white))).toBe('PNG');
    expect(pictureFormat(jpegOf(1, 1, () => white))).toBe('JPEG');
    expect(pictureFormat(Buffer.from('GIF89a'))).toBeUndefined();
    expect(pictureFormat(Buffer.alloc(0))).toBeUndefined();
  });
});
