import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '../../shared/errors.ts';

/** Output buffers of this size keep a 47 MB file at a few hundred chunks and the heap small. */
const chunkLength = 1 << 18;

/** No deflate stream grows beyond this factor: https://zlib.net/zlib_tech.html, "Maximum Compression Factor". */
const maximumExpansion = 1032;

interface GunzipOptions {
  /** For messages. */
  path: string;
  /** Bytes that come out; one more is an error, so that a decompression bomb ends here. */
  expectedLength: number;
  /** Bytes that go in, where known: whatever lies behind the end of the gzip data is then an error. */
  compressedLength?: number;
}

/**
 * Decompresses a gzip stream in chunks.
 *
 * @throws DataError when the data is no gzip, is truncated or damaged, comes out longer than `expectedLength`, or is
 *   followed by something else; an error of `compressed` passes through
 */
export async function* gunzip(
  compressed: AsyncIterable<Uint8Array>,
  { path, expectedLength, compressedLength }: GunzipOptions,
): AsyncGenerator<Uint8Array> {
  const inflater = createGunzip({ chunkSize: chunkLength });
  // Without a callback of its own pipeline() would raise errors as uncaught; they surface in the loop below.
  pipeline(Readable.from(compressed, { objectMode: true, highWaterMark: 1 }), inflater, () => {});
  let length = 0;
  try {
    for await (const chunk of inflater as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > expectedLength) {
        throw new DataError(`${path}: decompresses to more than the ${expectedLength} bytes expected.`);
      }
      yield chunk;
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    const problem =
      error.code === 'Z_BUF_ERROR'
        ? 'the gzip data is truncated'
        : error.message === 'incorrect header check'
          ? 'not gzip data, or something else follows it'
          : 'the gzip data is damaged';
    throw new DataError(`${path}: ${problem} (${error.message}).`, undefined, error);
  }
  // zlib skips zero bytes behind the end in silence.
  if (compressedLength !== undefined && inflater.bytesWritten < compressedLength) {
    const rest = compressedLength - inflater.bytesWritten;
    throw new DataError(`${path}: ${rest} bytes follow the end of the gzip data.`);
  }
}

/**
 * Decompresses the first bytes of a gzip file.
 *
 * @param compressed the start of the file
 * @returns at most `length` bytes, fewer where `compressed` holds no more
 * @throws DataError when this is no gzip
 */
export async function gunzipStart(compressed: Uint8Array, length: number, path: string): Promise<Uint8Array> {
  const start = new Uint8Array(length);
  let filled = 0;
  try {
    for await (const chunk of gunzip(Readable.from([compressed]), {
      path,
      expectedLength: Number.POSITIVE_INFINITY,
    })) {
      const part = chunk.subarray(0, length - filled);
      start.set(part, filled);
      filled += part.length;
      if (filled === length) break;
    }
  } catch (error) {
    // A cut in the middle is what was asked for, unless it lies in front of the bytes wanted.
    if (!(error instanceof DataError)) throw error;
    if (filled < length) throw error;
  }
  return start.subarray(0, filled);
}

/**
 * Compares what an IDX header inside a gzip file declares with the length in the gzip trailer (RFC 1952, ISIZE), so that
 * room for the data can be made before it is decompressed.
 *
 * @param trailer the last four bytes of the file
 * @throws DataError when they disagree, or when no gzip file of that size could hold so much
 */
export function checkGzipTrailer(
  trailer: Uint8Array,
  { path, expectedLength, compressedLength }: Required<GunzipOptions>,
): void {
  const view = new DataView(trailer.buffer, trailer.byteOffset, 4);
  const declared = view.getUint32(0, true);
  if (declared === expectedLength % 2 ** 32 && expectedLength <= compressedLength * maximumExpansion) return;
  throw new DataError(
    `${path}: its IDX header declares ${expectedLength} bytes, its gzip trailer ${declared}: the file is truncated, ` +
      'damaged, or not a single gzip stream.',
  );
}

function isZlibError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
