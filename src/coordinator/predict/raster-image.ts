import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { DataError } from '../../shared/errors.ts';
import { readJpegHeader } from './jpeg-header.ts';
import { checkPngData, readPngHeader } from './png-header.ts';

/** A decoded picture. */
export interface RasterImage {
  width: number;
  height: number;
  /** uint8[height, width, 4]: red, green, blue, and opacity, which the colours are not multiplied by. */
  pixels: Uint8Array;
}

export type PictureFormat = 'PNG' | 'JPEG';

/** More than a camera's 24 megapixels; what decodes into more could exhaust the memory. */
const maximumPixels = 25_000_000;
/** What a JPEG of so many pixels takes at most, and some room. */
const jpegMemoryMegabytes = 1024;

/** Which of the two formats a file is in, by its first bytes. */
export function pictureFormat(bytes: Uint8Array): PictureFormat | undefined {
  const starts = (...signature: number[]) => signature.every((byte, index) => bytes[index] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'PNG';
  return starts(0xff, 0xd8, 0xff) ? 'JPEG' : undefined;
}

/**
 * Decodes a picture, turned as its camera was held. Its size is read and checked before anything is decoded.
 * @throws DataError when the data are damaged or cut off, or the picture is too large
 */
export function decodePicture(format: PictureFormat, bytes: Buffer, path: string): RasterImage {
  try {
    return format === 'PNG' ? decodePng(bytes, path) : decodeJpeg(bytes, path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path}: the ${format} is damaged or cut off (${reason}).`, undefined, error);
  }
}

function decodePng(bytes: Buffer, path: string): RasterImage {
  const header = readPngHeader(bytes);
  checkSize(header, path);
  checkPngData(bytes, header);
  const { width, height, data } = PNG.sync.read(bytes);
  return { width, height, pixels: data };
}

function decodeJpeg(bytes: Buffer, path: string): RasterImage {
  const { orientation, ...size } = readJpegHeader(bytes);
  checkSize(size, path);
  const { width, height, data } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    tolerantDecoding: false,
    maxResolutionInMP: maximumPixels / 1e6,
    maxMemoryUsageInMB: jpegMemoryMegabytes,
  });
  return turnUpright({ width, height, pixels: data }, orientation);
}

function checkSize({ width, height }: { width: number; height: number }, path: string): void {
  if (width * height > maximumPixels) {
    throw new DataError(
      `${path}: ${width}×${height} pixels, expected at most ${maximumPixels.toLocaleString('en-US')}: scale it down.`,
    );
  }
  if (width * height === 0) throw new DataError(`${path}: ${width}×${height} pixels: there is no picture.`);
}

/** @param orientation as EXIF counts: 5 to 8 swap the axes */
function turnUpright(image: RasterImage, orientation: number): RasterImage {
  if (orientation === 1) return image;
  const swaps = orientation >= 5;
  const width = swaps ? image.height : image.width;
  const height = swaps ? image.width : image.height;
  const source = new Uint32Array(image.pixels.buffer, image.pixels.byteOffset, width * height);
  const target = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [row, column] = sourceOf(orientation, x, y, image);
      target[y * width + x] = source[row * image.width + column] as number;
    }
  }
  return { width, height, pixels: new Uint8Array(target.buffer) };
}

/** Row and column of the stored picture that are seen at (x, y): EXIF 2.3, 4.6.4, tag 274. */
function sourceOf(
  orientation: number,
  x: number,
  y: number,
  { width, height }: RasterImage,
): [number, number] {
  const right = width - 1;
  const bottom = height - 1;
  switch (orientation) {
    case 2:
      return [y, right - x];
    case 3:
      return [bottom - y, right - x];
    case 4:
      return [bottom - y, x];
    case 5:
      return [x, y];
    case 6:
      return [bottom - x, y];
    case 7:
      return [bottom - x, right - y];
    case 8:
      return [x, right - y];
    default:
      return [y, x];
  }
}
