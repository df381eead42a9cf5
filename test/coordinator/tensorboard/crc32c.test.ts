import { describe, expect, test } from 'vitest';
import { crc32c, maskedCrc32c } from '../../../src/coordinator/tensorboard/crc32c.ts';

describe('crc32c', () => {
  // The examples of RFC 3720, B.4, and the check value of the CRC catalogue.
  test.each([
    ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 bytes that count up', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ['32 bytes that count down', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
    ['the digits from 1 to 9', new TextEncoder().encode('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s is the published one', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});

describe('maskedCrc32c', () => {
  test('rotates the checksum by 15 bits and adds a constant, modulo 2^32', () => {
    // 0xe3069283 rotated is 0x2507c60d.
    expect(maskedCrc32c(new TextEncoder().encode('123456789'))).toBe((0x2507c60d + 0xa282ead8) % 2 ** 32);
    // 0x8a9136aa rotated is 0x6d551522; the sum passes 2^32.
    expect(maskedCrc32c(new Uint8Array(32))).toBe((0x6d551522 + 0xa282ead8) % 2 ** 32);
  });
});
