import { type FileHandle, open, stat } from 'node:fs/promises';
import { DataError } from '../../shared/errors.ts';
import {
  damagedFile,
  type ElementType,
  elementBytes,
  lengthFieldBytes,
  maximumHeaderBytes,
  quoted,
  type TensorEntry,
} from './format.ts';
import { type Header, parseHeader } from './header-parser.ts';

interface StoredTensor {
  elementType: ElementType;
  shape: readonly number[];
  /** Little-endian, row-major; a view of the whole file's bytes, at any alignment. */
  bytes: Uint8Array;
}

export interface SafetensorsFile {
  metadata: ReadonlyMap<string, string>;
  /** By name, in the order of their bytes. */
  tensors: ReadonlyMap<string, StoredTensor>;
}

/** Far above any checkpoint of LeNet-5 (1 MB), and small enough that a sparse file cannot exhaust the memory. */
const maximumFileBytes = 2 ** 30;

/**
 * Reads a safetensors file and refuses whatever deviates from the format. The header is checked before any tensor is read,
 * and no more memory is taken for the tensors than the file has bytes.
 * @throws DataError if the file is missing, unreadable or breaks the format
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  try {
    // Asked before opening it: opening a named pipe would wait for a writer for ever.
    if (!(await stat(path)).isFile()) {
      throw new DataError(`${path}: not a regular file`, 'Name a file in safetensors format.');
    }
    const file = await open(path, 'r');
    try {
      return await readOpenFile(file, path);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path}: cannot be read: ${reason}`, 'Check the path and its permissions.', error);
  }
}

/**
 * Decodes a whole safetensors file in memory, as strictly as `readSafetensors`. The tensors are views of `bytes`.
 * @param source name for the errors
 * @throws DataError if the bytes break the format
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): SafetensorsFile {
  const headerEnd = lengthFieldBytes + readHeaderLength(bytes, bytes.length, source);
  const header = decodeHeader(bytes.subarray(lengthFieldBytes, headerEnd), bytes.length - headerEnd, source);
  return viewTensors(header, bytes.subarray(headerEnd));
}

async function readOpenFile(file: FileHandle, path: string): Promise<SafetensorsFile> {
  const { size } = await file.stat();
  if (size > maximumFileBytes) {
    throw new DataError(
      `${path}: ${size} bytes, expected at most ${maximumFileBytes}`,
      'Name a file that Lockstep wrote, or weights of LeNet-5 in safetensors format.',
    );
  }
  const lengthField = await readBytes(file, 0, Math.min(size, lengthFieldBytes), path);
  const headerLength = readHeaderLength(lengthField, size, path);
  const dataStart = lengthFieldBytes + headerLength;
  const headerBytes = await readBytes(file, lengthFieldBytes, headerLength, path);
  const header = decodeHeader(headerBytes, size - dataStart, path);
  return viewTensors(header, await readBytes(file, dataStart, size - dataStart, path));
}

async function readBytes(file: FileHandle, position: number, length: number, path: string) {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw damagedFile(path, 'it became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}

function readHeaderLength(bytes: Uint8Array, fileSize: number, source: string): number {
  if (bytes.length < lengthFieldBytes) {
    throw damagedFile(source, `${fileSize} bytes, expected at least ${lengthFieldBytes}`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(maximumHeaderBytes)) {
    throw damagedFile(source, `header of ${length} bytes, expected at most ${maximumHeaderBytes}`);
  }
  if (length > BigInt(fileSize - lengthFieldBytes)) {
    throw damagedFile(source, `header of ${length} bytes in a file of ${fileSize}`);
  }
  return Number(length);
}

function decodeHeader(headerBytes: Uint8Array, dataLength: number, source: string): Header {
  let text: string;
  try {
    // Without ignoreBOM the decoder would swallow a byte order mark, which the format forbids.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(headerBytes);
  } catch {
    throw damagedFile(source, 'the header is not valid UTF-8');
  }
  const { metadata, tensors } = parseHeader(text, source);
  const sorted = tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  checkOffsets(sorted, dataLength, source);
  return { metadata, tensors: sorted };
}

/** Together the tensors must cover the data exactly: a hole or a tail could hide another file (a polyglot). */
function checkOffsets(tensors: readonly TensorEntry[], dataLength: number, source: string): void {
  let position = 0;
  for (const tensor of tensors) {
    if (tensor.begin !== position) {
      throw damagedFile(
        source,
        `tensor ${quoted(tensor.name)} begins at byte ${tensor.begin}, expected ${position}`,
      );
    }
    const end = position + tensorBytes(tensor, source);
    if (tensor.end !== end) {
      throw damagedFile(source, `tensor ${quoted(tensor.name)} ends at byte ${tensor.end}, expected ${end}`);
    }
    position = end;
  }
  if (position !== dataLength) {
    throw damagedFile(source, `the tensors take ${position} bytes, but the file holds ${dataLength}`);
  }
}

function tensorBytes(tensor: TensorEntry, source: string): number {
  let bytes: number = elementBytes[tensor.elementType];
  for (const size of tensor.shape) {
    bytes *= size;
    // Refused factor by factor: products above 2^53 are rounded, and could meet the expected value by chance.
    if (!Number.isSafeInteger(bytes)) {
      throw damagedFile(
        source,
        `tensor ${quoted(tensor.name)} has the impossible shape [${tensor.shape.join(', ')}]`,
      );
    }
  }
  return bytes;
}

function viewTensors(header: Header, data: Uint8Array): SafetensorsFile {
  const tensors = new Map<string, StoredTensor>();
  for (const { name, elementType, shape, begin, end } of header.tensors) {
    tensors.set(name, { elementType, shape, bytes: data.subarray(begin, end) });
  }
  return { metadata: header.metadata, tensors };
}
