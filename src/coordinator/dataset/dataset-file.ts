import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../shared/errors.ts';
import type { OfficialFile } from './fashion-mnist.ts';
import { fileError, systemErrorCode } from './file-error.ts';
import { checkGzipTrailer, gunzip, gunzipStart } from './gzip.ts';
import { checkIdxLength, checkLabels, type IdxHeader, idxHeaderLength, parseIdxHeader } from './idx.ts';

/** Large enough that a start costs some fifty reads, small beside the run's memory budget. */
const readLength = 1 << 20;

/** A file whose header and length have been checked, and whose content has not been read yet. */
export interface DatasetFile {
  path: string;
  compressed: boolean;
  /** Bytes on disk. */
  storedLength: number;
  header: IdxHeader;
  /** The published file that stands under this name. */
  official: OfficialFile;
}

/**
 * Finds `<name>` or `<name>.gz` in a directory (plain first) and checks its header and length.
 *
 * @returns undefined when neither is there
 * @throws DataError when the file cannot be read, or header or length are wrong
 */
export async function findDatasetFile(
  directory: string,
  official: OfficialFile,
): Promise<DatasetFile | undefined> {
  for (const compressed of [false, true]) {
    const path = join(directory, compressed ? `${official.name}.gz` : official.name);
    try {
      const stats = await stat(path);
      // A FIFO or a device would be read without end.
      if (!stats.isFile()) throw new DataError(`${path}: not a regular file.`);
      const file = { path, compressed, storedLength: stats.size, official };
      return { ...file, header: await readHeader(file) };
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw fileError(path, error);
    }
  }
  return undefined;
}

/** @throws DataError when the count is not the one published; the hash follows in {@link readDatasetFile} */
export function checkOfficialCount({ header, official, path }: DatasetFile): void {
  if (header.count !== official.count) {
    throw new DataError(`${path}: ${header.count} ${official.kind}, expected ${official.count}.`);
  }
}

/**
 * Reads the content of a file, in pieces, into memory of the caller's.
 *
 * @param target exactly `file.header.dataLength` bytes; may lie in a SharedArrayBuffer; its content is undefined when
 *   this throws
 * @returns SHA-256 of the decompressed file, in hexadecimal
 * @throws DataError when the content is damaged, is no longer what the header said, or holds a label outside of 0 to 9
 */
export async function readDatasetFile(file: DatasetFile, target: Uint8Array): Promise<string> {
  const { path, header, official } = file;
  if (target.length !== header.dataLength) {
    throw new RangeError(`target for ${path} has ${target.length} bytes, expected ${header.dataLength}.`);
  }
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of decompressedChunks(file)) {
    // Another process may have replaced the file since its header was checked.
    if (length + chunk.length > header.headerLength + target.length) break;
    hash.update(chunk);
    const data = chunk.subarray(Math.max(0, header.headerLength - length));
    const offset = Math.max(0, length - header.headerLength);
    if (official.kind === 'labels') checkLabels(data, offset, path);
    target.set(data, offset);
    length += chunk.length;
  }
  if (length !== header.headerLength + target.length) {
    throw new DataError(`${path}: changed while it was read.`);
  }
  return hash.digest('hex');
}

/** Streams a file's bytes as stored on disk. */
export async function* storedChunks({ path }: DatasetFile): AsyncGenerator<Uint8Array> {
  // Inside a generator the file is opened only once somebody reads, and closed when they stop.
  yield* createReadStream(path, { highWaterMark: readLength });
}

async function* decompressedChunks(file: DatasetFile): AsyncGenerator<Uint8Array> {
  try {
    if (file.compressed) {
      yield* gunzip(storedChunks(file), {
        path: file.path,
        expectedLength: file.header.headerLength + file.header.dataLength,
        compressedLength: file.storedLength,
      });
      return;
    }
    const handle = await open(file.path);
    try {
      yield* readChunks(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(file.path, error);
  }
}

/** Yields the same buffer again and again: a chunk is valid until the next one is asked for. */
async function* readChunks(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(readLength);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function readHeader(file: Omit<DatasetFile, 'header'>): Promise<IdxHeader> {
  const { path, compressed, storedLength, official } = file;
  const handle = await open(path);
  try {
    const wanted = idxHeaderLength(official.kind);
    if (!compressed) {
      const header = parseIdxHeader(official.kind, await readAt(handle, 0, wanted), path);
      checkIdxLength(header, storedLength, path);
      return header;
    }
    // 4 KiB of gzip hold the first 16 bytes, unless the file name in the gzip header is absurd.
    const start = await readAt(handle, 0, 4096);
    const header = parseIdxHeader(official.kind, await gunzipStart(start, wanted, path), path);
    checkGzipTrailer(await readAt(handle, Math.max(0, storedLength - 4), 4), {
      path,
      expectedLength: header.headerLength + header.dataLength,
      compressedLength: storedLength,
    });
    return header;
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
