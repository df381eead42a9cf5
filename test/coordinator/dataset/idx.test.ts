import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkIdxLength, checkLabels, parseIdxHeader } from '../../../src/coordinator/dataset/idx.ts';
import { DataError } from '../../../src/shared/errors.ts';
import { idxBytes } from './idx-bytes.ts';

describe('parseIdxHeader', () => {
  test('reads the count and length of images', () => {
    const header = parseIdxHeader('images', idxBytes([0x803, 60_000, 28, 28]), 'x');
    expect(header).toEqual({ count: 60_000, headerLength: 16, dataLength: 47_040_000 });
  });

  test('reads the count and length of labels', () => {
    const header = parseIdxHeader('labels', idxBytes([0x801, 7], 7), 'x');
    expect(header).toEqual({ count: 7, headerLength: 8, dataLength: 7 });
  });

  test('reads a header that does not start at the beginning of its buffer', () => {
    const bytes = idxBytes([0xffffffff, 0x801, 7]).subarray(4);
    expect(parseIdxHeader('labels', bytes, 'x').count).toBe(7);
  });

  test('states the length of a count that overflows 32 bits exactly', () => {
    const header = parseIdxHeader('images', idxBytes([0x803, 0xffffffff, 28, 28]), 'x');
    expect(header.dataLength).toBe(3_367_254_359_280);
  });

  test.each([
    ['images', [0x801, 1, 28, 28], 'x: IDX magic 0x00000801, expected 0x00000803 (images).'],
    ['labels', [0x803, 1], 'x: IDX magic 0x00000803, expected 0x00000801 (labels).'],
    ['images', [0xff000803, 1, 28, 28], 'x: IDX magic 0xff000803, expected 0x00000803 (images).'],
    ['images', [0x803, 1, 32, 28], 'x: images of 32x28 pixels, expected 28x28.'],
    ['images', [0x803, 1, 28, 0xffffffff], 'x: images of 28x4294967295 pixels, expected 28x28.'],
    ['images', [0x803, 0, 28, 28], 'x: holds 0 images, expected at least 1.'],
    ['labels', [0x801, 0], 'x: holds 0 labels, expected at least 1.'],
    ['images', [0x803, 1, 28], 'x: 12 bytes, too short for the 16-byte IDX header of images.'],
    ['labels', [], 'x: 0 bytes, too short for the 8-byte IDX header of labels.'],
  ] as const)('refuses %s with header %j', (kind, words, message) => {
    const error = thrownBy(() => parseIdxHeader(kind, idxBytes(words), 'x'));
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toBe(message);
    expect((error as DataError).nextStep).toContain('--data');
  });

  test('throws nothing but DataError, whatever the bytes', () => {
    const word = fc.oneof(fc.constantFrom(0x801, 0x803, 28, 0, 0xffffffff), fc.nat(0xffffffff));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 32 }),
      fc.array(word, { maxLength: 6 }).map((w) => idxBytes(w)),
    );
    fc.assert(
      fc.property(fc.constantFrom('images', 'labels'), bytes, (kind, content) => {
        const error = thrownBy(() => {
          const header = parseIdxHeader(kind, content, 'x');
          checkIdxLength(header, content.length, 'x');
        });
        return error === undefined || error instanceof DataError;
      }),
      { numRuns: 2000 },
    );
  });
});

describe('checkIdxLength', () => {
  const header = parseIdxHeader('images', idxBytes([0x803, 2, 28, 28]), 'x');

  test('accepts the length that the header declares', () => {
    expect(() => checkIdxLength(header, 16 + 2 * 784, 'x')).not.toThrow();
  });

  test('names by how many bytes a file is too short', () => {
    expect(() => checkIdxLength(header, 1583, 'x')).toThrow(
      'x: 1 bytes too short: it has 1583 bytes, its header declares a count of 2, which takes 1584.',
    );
  });

  test('names by how many bytes a file is too long', () => {
    expect(() => checkIdxLength(header, 1600, 'x')).toThrow('x: 16 bytes too long');
  });
});

describe('checkLabels', () => {
  test('accepts 0 to 9', () => {
    expect(() => checkLabels(Uint8Array.of(0, 9, 5), 0, 'x')).not.toThrow();
  });

  test('names the first label that is out of range by its index in the file', () => {
    expect(() => checkLabels(Uint8Array.of(1, 10, 255), 1000, 'x')).toThrow(
      'x: label 10 at index 1001, expected 0 to 9.',
    );
  });
});

function thrownBy(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
