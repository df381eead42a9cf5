import { deflateSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';

/** Red, green, blue and opacity of the pixel in column x of row y. */
export type Painter = (x: number, y: number) => readonly [number, number, number, number];

/** uint8[height, width, 4] */
export function paint(width: number, height: number, painter: Painter): Buffer {
  const pixels = Array.from({ length: width * height }, (_, at) =>
    painter(at % width, Math.floor(at / width)),
  );
  return Buffer.from(pixels.flat());
}

export function pngOf(width: number, height: number, painter: Painter): Buffer {
  const png = new PNG({ width, height });
  png.data = paint(width, height, painter);
  return PNG.sync.write(png);
}

export function jpegOf(width: number, height: number, painter: Painter): Buffer {
  return jpeg.encode({ width, height, data: paint(width, height, painter) }, 95).data;
}

/** Paints an image of the data set, enlarged. @param image uint8[28, 28] */
export function greyPainter(image: Uint8Array, enlargement = 1): Painter {
  return (x, y) => {
    const grey = image[28 * Math.floor(y / enlargement) + Math.floor(x / enlargement)] as number;
    return [grey, grey, grey, 255];
  };
}

/** Puts an EXIF segment that tells an orientation, and nothing else, behind the first marker of a JPEG. */
export function withOrientation(picture: Buffer, orientation: number, byteOrder: 'II' | 'MM'): Buffer {
  const tiff = Buffer.alloc(26);
  const short = (value: number, at: number) =>
    byteOrder === 'II' ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const long = (value: number, at: number) =>
    byteOrder === 'II' ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  tiff.write(byteOrder, 0, 'latin1');
  short(42, 2);
  long(8, 4);
  short(1, 8);
  short(0x0112, 10);
  short(3, 12);
  long(1, 14);
  short(orientation, 18);
  const segment = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const marker = Buffer.from([0xff, 0xe1, 0, segment.length + 2]);
  return Buffer.concat([picture.subarray(0, 2), marker, segment, picture.subarray(2)]);
}

/** An interlaced PNG of one opaque grey pixel, or one that claims to be that. @param data what is compressed in it */
export function interlacedPng(data: Buffer): Buffer {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 1]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(data)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(content.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  content.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(content), content.length + 4);
  return chunk;
}

/** PNG's checksum, bit by bit (https://www.w3.org/TR/png-3/#5CRC-algorithm). */
function crc32(bytes: Buffer): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
