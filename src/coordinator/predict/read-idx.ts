import { Readable } from 'node:stream';
import { checkGzipTrailer, gunzip, gunzipStart } from '../dataset/gzip.ts';
import {
  checkIdxLength,
  checkLabels,
  type IdxHeader,
  type IdxKind,
  idxHeaderLength,
  parseIdxHeader,
} from '../dataset/idx.ts';

/** Whether a file may be an IDX file, by its first bytes; gzip data may hold one. */
export function isIdx(bytes: Uint8Array): boolean {
  return isGzip(bytes) || (bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 8);
}

/**
 * Takes the data out of an IDX file, plain or gzipped.
 * @param bytes the whole file
 * @param limit images or labels to take at most
 * @returns uint8[n, 28, 28], or uint8[n] from 0 to 9
 * @throws DataError when the file is damaged or of the other kind
 */
export async function readIdx(
  kind: IdxKind,
  bytes: Buffer,
  path: string,
  limit: number,
): Promise<Uint8Array> {
  const headerLength = idxHeaderLength(kind);
  const start = isGzip(bytes) ? await gunzipStart(bytes, headerLength, path) : bytes;
  const header = parseIdxHeader(kind, start, path);
  const wanted = Math.min(header.count, limit) * (header.dataLength / header.count);
  const data = isGzip(bytes)
    ? await inflateData(bytes, header, wanted, path)
    : checkedData(bytes, header, wanted, path);
  if (kind === 'labels') checkLabels(data, 0, path);
  return data;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function checkedData(bytes: Buffer, header: IdxHeader, wanted: number, path: string): Uint8Array {
  checkIdxLength(header, bytes.length, path);
  return bytes.subarray(header.headerLength, header.headerLength + wanted);
}

async function inflateData(
  bytes: Buffer,
  { headerLength, dataLength }: IdxHeader,
  wanted: number,
  path: string,
): Promise<Uint8Array> {
  const lengths = { path, expectedLength: headerLength + dataLength, compressedLength: bytes.length };
  checkGzipTrailer(bytes.subarray(-4), lengths);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of gunzip(Readable.from([bytes]), lengths)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= headerLength + wanted && wanted < dataLength) break;
  }
  return Buffer.concat(chunks).subarray(headerLength, headerLength + wanted);
}
