import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { gunzip } from '../../../src/coordinator/dataset/gzip.ts';
import { DataError } from '../../../src/shared/errors.ts';

const content = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, index) => (index * index) % 253));
const compressed = gzipSync(content);

async function* pieces(bytes: Uint8Array, length = 1000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

async function collect(bytes: Uint8Array, expectedLength = content.length): Promise<Buffer> {
  const options = { path: 'x.gz', expectedLength, compressedLength: bytes.length };
  const chunks: Uint8Array[] = [];
  for await (const chunk of gunzip(pieces(bytes), options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('gunzip', () => {
  test('gives back what was compressed', async () => {
    expect(Buffer.compare(await collect(compressed), content)).toBe(0);
  });

  test('refuses truncated data', async () => {
    await expect(collect(compressed.subarray(0, -9))).rejects.toThrow('x.gz: the gzip data is truncated');
  });

  test('refuses damaged data', async () => {
    const damaged = Buffer.from(compressed);
    damaged.fill(0x55, 300, 400);
    await expect(collect(damaged)).rejects.toThrow(
      /x\.gz: (the gzip data is (damaged|truncated)|decompresses to more)/,
    );
  });

  test('refuses a wrong checksum', async () => {
    const damaged = Buffer.from(compressed);
    damaged.writeUInt32LE(1, damaged.length - 8);
    await expect(collect(damaged)).rejects.toThrow('x.gz: the gzip data is damaged (incorrect data check).');
  });

  test('refuses what is no gzip', async () => {
    await expect(collect(Buffer.from('<html>'))).rejects.toThrow(
      'x.gz: not gzip data, or something else follows it (incorrect header check).',
    );
  });

  test('refuses garbage behind the end', async () => {
    await expect(collect(Buffer.concat([compressed, Buffer.from('abc')]))).rejects.toThrow(
      'x.gz: not gzip data, or something else follows it',
    );
  });

  test('refuses zero bytes behind the end, which zlib skips', async () => {
    await expect(collect(Buffer.concat([compressed, Buffer.alloc(5000)]))).rejects.toThrow(
      'x.gz: 5000 bytes follow the end of the gzip data.',
    );
  });

  test('stops a decompression bomb at the expected length', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    let seen = 0;
    const options = { path: 'x.gz', expectedLength: 1_000_000 };
    const reading = (async () => {
      for await (const chunk of gunzip(pieces(bomb), options)) seen += chunk.length;
    })();
    await expect(reading).rejects.toThrow('x.gz: decompresses to more than the 1000000 bytes expected.');
    expect(seen).toBeLessThanOrEqual(1_000_000);
  });

  test('passes an error of its source through', async () => {
    const broken = new DataError('the source broke');
    async function* source() {
      yield compressed.subarray(0, 1000);
      throw broken;
    }
    const options = { path: 'x.gz', expectedLength: content.length };
    const reading = (async () => {
      for await (const chunk of gunzip(source(), options)) void chunk;
    })();
    await expect(reading).rejects.toBe(broken);
  });

  test('closes its source when the reader stops early', async () => {
    let closed = false;
    async function* source() {
      try {
        yield* pieces(compressed, 100);
      } finally {
        closed = true;
      }
    }
    for await (const chunk of gunzip(source(), { path: 'x.gz', expectedLength: content.length })) {
      void chunk;
      break;
    }
    await expect.poll(() => closed).toBe(true);
  });
});
