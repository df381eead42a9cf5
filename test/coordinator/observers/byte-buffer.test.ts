import { describe, expect, test } from 'vitest';
import { ByteBuffer } from '../../../src/coordinator/observers/byte-buffer.ts';

function textOf(buffer: ByteBuffer): string {
  return Buffer.from(buffer.contents).toString();
}

describe('ByteBuffer', () => {
  test('holds what is appended in order, however much it is', () => {
    const buffer = new ByteBuffer();
    const parts = Array.from({ length: 30_000 }, (_, index) => `${index}, größer 😀\n`);
    for (const [index, part] of parts.entries()) {
      if (index % 2 === 0) buffer.appendText(part);
      else buffer.append(Buffer.from(part));
    }
    expect(textOf(buffer)).toBe(parts.join(''));
    expect(buffer.length).toBe(Buffer.byteLength(parts.join('')));
  });

  test('is empty once it is cleared, and takes more', () => {
    const buffer = new ByteBuffer();
    buffer.appendText('forgotten');
    buffer.clear();
    expect(buffer.contents).toHaveLength(0);
    buffer.appendText('new');
    expect(textOf(buffer)).toBe('new');
  });

  test('writes numbers as JavaScript does', () => {
    const powers = Array.from({ length: 54 }, (_, bits) => 2 ** bits);
    const tens = Array.from({ length: 22 }, (_, digits) => 10 ** digits);
    const around = [...powers, ...tens].flatMap((value) => [value - 1, value, value + 1, -value, 1 / value]);
    for (const value of [...around, Number.NaN, Number.NEGATIVE_INFINITY, 123456789, 0.1]) {
      const buffer = new ByteBuffer();
      buffer.appendNumber(value);
      expect(textOf(buffer)).toBe(String(value));
    }
  });
});
