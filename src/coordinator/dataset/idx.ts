// The IDX format: http://yann.lecun.com/exdb/mnist/, "FILE FORMATS FOR THE MNIST DATABASE".
import { DataError } from '../../shared/errors.ts';
import { classCount, imageHeight, imageSize, imageWidth } from '../../shared/model.ts';

export type IdxKind = 'images' | 'labels';

/** What the first bytes of a file declare; nothing is known yet about the bytes that follow. */
export interface IdxHeader {
  /** Images or labels, at least 1. */
  count: number;
  headerLength: number;
  /** Bytes behind the header: `count * 784` or `count`. */
  dataLength: number;
}

const layouts = {
  // 0x08 = unsigned byte, then the number of dimensions.
  images: { magic: 0x00000803, headerLength: 16 },
  labels: { magic: 0x00000801, headerLength: 8 },
} as const satisfies Record<IdxKind, { magic: number; headerLength: number }>;

/** How to go on after a file of the user's own is refused. */
const replaceFileStep = 'Replace the file, or leave out --data to use the official FashionMNIST.';

export function idxHeaderLength(kind: IdxKind): number {
  return layouts[kind].headerLength;
}

const hexadecimal = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/**
 * Reads the header of an IDX file of 28x28 images or of labels. Nothing is allocated: hold `dataLength` against the
 * true length of the file ({@link checkIdxLength}) before making room for the data.
 *
 * @param bytes the start of the file; bytes behind the header are ignored
 * @throws DataError when the file is too short for a header, or magic, dimensions or count are wrong
 */
export function parseIdxHeader(kind: IdxKind, bytes: Uint8Array, path: string): IdxHeader {
  const { magic, headerLength } = layouts[kind];
  if (bytes.length < headerLength) {
    throw new DataError(
      `${path}: ${bytes.length} bytes, too short for the ${headerLength}-byte IDX header of ${kind}.`,
      replaceFileStep,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const foundMagic = view.getUint32(0);
  if (foundMagic !== magic) {
    throw new DataError(
      `${path}: IDX magic ${hexadecimal(foundMagic)}, expected ${hexadecimal(magic)} (${kind}).`,
      replaceFileStep,
    );
  }
  if (kind === 'images') {
    const rows = view.getUint32(8);
    const columns = view.getUint32(12);
    if (rows !== imageHeight || columns !== imageWidth) {
      throw new DataError(
        `${path}: images of ${rows}x${columns} pixels, expected ${imageHeight}x${imageWidth}.`,
        replaceFileStep,
      );
    }
  }
  const count = view.getUint32(4);
  if (count === 0) {
    throw new DataError(`${path}: holds 0 ${kind}, expected at least 1.`, replaceFileStep);
  }
  // Below 2^32 * 784, so exact in a double.
  return { count, headerLength, dataLength: count * (kind === 'images' ? imageSize : 1) };
}

/**
 * Compares the length of a file with what its header declares.
 *
 * @param fileLength bytes with the header
 * @throws DataError when the file is shorter or longer
 */
export function checkIdxLength(header: IdxHeader, fileLength: number, path: string): void {
  const expected = header.headerLength + header.dataLength;
  if (fileLength === expected) return;
  const relation = fileLength < expected ? 'short' : 'long';
  throw new DataError(
    `${path}: ${Math.abs(expected - fileLength)} bytes too ${relation}: it has ${fileLength} bytes, ` +
      `its header declares a count of ${header.count}, which takes ${expected}.`,
    replaceFileStep,
  );
}

/**
 * Looks for labels outside of 0 to 9.
 *
 * @param labels [n] uint8, a part of the file
 * @param firstIndex index of `labels[0]` in the whole file
 * @throws DataError with the index of the first one
 */
export function checkLabels(labels: Uint8Array, firstIndex: number, path: string): void {
  const wrong = labels.findIndex((label) => label >= classCount);
  if (wrong === -1) return;
  throw new DataError(
    `${path}: label ${labels[wrong]} at index ${firstIndex + wrong}, expected 0 to ${classCount - 1}.`,
    replaceFileStep,
  );
}
