/**
 * The safetensors format (https://github.com/huggingface/safetensors, "Format"): the header's length as a little-endian
 * uint64, the header as a JSON object in UTF-8, padded with spaces, and the tensors' bytes without gaps, little-endian and in
 * row-major order. Every machine that the cpu engine runs on (x86-64, arm64) is little-endian, so that typed arrays can be
 * used on the bytes as they are.
 */
import { DataError } from '../../shared/errors.ts';

/** Bytes of one element. */
export const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

export type ElementType = keyof typeof elementBytes;

/** What the header says of one tensor. */
export interface TensorEntry {
  name: string;
  elementType: ElementType;
  shape: readonly number[];
  /** Its bytes, counted from the end of the header: [begin, end). */
  begin: number;
  end: number;
}

/** Key of the header that holds the metadata; no tensor can have this name. */
export const metadataKey = '__metadata__';

/** Bytes of the field before the header. */
export const lengthFieldBytes = 8;

/** The tensors' bytes start at a multiple of this, so that a reader can map them. */
export const headerAlignment = 8;

/** The format's own limit: 100 MB. */
export const maximumHeaderBytes = 100_000_000;

export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(elementBytes, name);
}

/** The error for a file that breaks the format. */
export function damagedFile(source: string, problem: string): DataError {
  return new DataError(
    `${source}: not a valid safetensors file: ${problem}`,
    'The file is damaged or of another kind. Take another copy, or write it again.',
  );
}

/** A name from a file, safe to print: control characters (terminal escapes) as \u escapes, and no longer than a line. */
export function quoted(name: string): string {
  const limit = 80;
  return JSON.stringify(name.length > limit ? `${name.slice(0, limit)}…` : name);
}
