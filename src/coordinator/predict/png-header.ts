// The PNG format: https://www.w3.org/TR/png-3/, sections 5 and 11.2.
import { inflateSync } from 'node:zlib';

interface PngHeader {
  width: number;
  height: number;
  interlaced: boolean;
}

const signatureBytes = 8;
/** Of a chunk beside its data: length, type and checksum. */
const chunkBytes = 12;
/** 16 bits of four channels, and some bytes for each row of each of the seven passes. */
const maximumBytesPerPixel = 8;

/** @throws Error when the file does not begin as a PNG must */
export function readPngHeader(bytes: Buffer): PngHeader {
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') throw new Error('it has no header');
  return {
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    interlaced: bytes.readUInt8(28) !== 0,
  };
}

/**
 * Refuses an interlaced picture whose data decompress to more than its size can need: the decoder, pngjs, sets a limit only where
 * nothing is interlaced.
 * @throws Error when they do, or are damaged
 */
export function checkPngData(bytes: Buffer, { width, height, interlaced }: PngHeader): void {
  if (!interlaced) return;
  const parts: Buffer[] = [];
  for (let at = signatureBytes; at + chunkBytes <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += chunkBytes + length;
  }
  const maxOutputLength = width * height * maximumBytesPerPixel + 7 * 2 * (width + height) + 64;
  inflateSync(Buffer.concat(parts), { maxOutputLength });
}
