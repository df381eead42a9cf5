import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDatasetFile, readDatasetFile } from '../../../src/coordinator/dataset/dataset-file.ts';
import { DataError } from '../../../src/shared/errors.ts';
import { idxBytes, imagesOf, labelsOf, temporaryDirectory, trainImages, trainLabels } from './idx-bytes.ts';

async function locate(directory: string, official = trainImages) {
  const file = await findDatasetFile(directory, official);
  if (file === undefined) throw new Error('not found');
  return file;
}

async function read(directory: string, official = trainImages) {
  const file = await locate(directory, official);
  const target = new Uint8Array(file.header.dataLength);
  return { target, sha256: await readDatasetFile(file, target) };
}

describe('findDatasetFile', () => {
  test('finds nothing in an empty directory', async () => {
    expect(await findDatasetFile(await temporaryDirectory(), trainImages)).toBeUndefined();
  });

  test('prefers the plain file', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, trainImages.name), imagesOf(2));
    await writeFile(join(directory, `${trainImages.name}.gz`), gzipSync(imagesOf(3)));
    expect((await locate(directory)).header.count).toBe(2);
  });

  test('refuses a plain file whose length is not what its header declares', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, trainImages.name), imagesOf(2).subarray(0, -1));
    await expect(locate(directory)).rejects.toThrow(/train-images-idx3-ubyte: 1 bytes too short/);
  });

  test('refuses a huge count before anything is allocated', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, trainImages.name), idxBytes([0x803, 0xffffffff, 28, 28], 784));
    await expect(locate(directory)).rejects.toThrow(
      /declares a count of 4294967295, which takes 3367254359296/,
    );
  });

  test.each([
    ['a huge count that the gzip trailer belies', gzipSync(idxBytes([0x803, 0xffffffff, 28, 28], 784))],
    // (2^28 + 1) * 784 + 16 is 800 modulo 2^32: the trailer agrees, but no file of that size could hold it.
    ['a huge count that the gzip trailer cannot tell', gzipSync(idxBytes([0x803, 268_435_457, 28, 28], 784))],
    ['a truncated gzip', gzipSync(imagesOf(2)).subarray(0, -40)],
  ])('refuses %s in a gzip file', async (_name, content) => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, `${trainImages.name}.gz`), content);
    await expect(locate(directory)).rejects.toThrow(
      /\.gz: its IDX header declares \d+ bytes, its gzip trailer \d+/,
    );
  });

  test('refuses garbage behind the gzip data', async () => {
    const directory = await temporaryDirectory();
    const content = Buffer.concat([gzipSync(imagesOf(2)), Buffer.from('garbage')]);
    await writeFile(join(directory, `${trainImages.name}.gz`), content);
    await expect(locate(directory)).rejects.toThrow(/\.gz: not gzip data, or something else follows it/);
  });

  test('refuses what is no gzip', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, `${trainImages.name}.gz`), imagesOf(1));
    await expect(locate(directory)).rejects.toThrow(/\.gz: not gzip data/);
  });

  test('refuses what is no regular file', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, trainImages.name));
    await symlink('/dev/zero', join(directory, trainLabels.name));
    await expect(locate(directory)).rejects.toThrow(/train-images-idx3-ubyte: not a regular file/);
    await expect(locate(directory, trainLabels)).rejects.toThrow(
      /train-labels-idx1-ubyte: not a regular file/,
    );
  });

  test('throws nothing but DataError and makes no promise that the file cannot hold, whatever its bytes', async () => {
    const directory = await temporaryDirectory();
    const header = fc.tuple(
      fc.constantFrom(0x803, 0x801, 1),
      fc.nat(6),
      fc.constantFrom(28, 27),
      fc.constant(28),
    );
    const garbage = fc.uint8Array({ maxLength: 4000 });
    const content = fc.oneof(
      garbage,
      fc.tuple(header, garbage).map(([words, data]) => idxBytes(words, data)),
      header.map((words) => idxBytes(words, words[1] * 784)),
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(content, fc.boolean(), fc.boolean(), async (bytes, zip, cut) => {
        const stored = zip ? gzipSync(bytes) : bytes;
        const name = zip ? `${trainImages.name}.gz` : trainImages.name;
        const sub = join(directory, String(Math.random()));
        await mkdir(sub);
        await writeFile(join(sub, name), cut ? stored.subarray(0, stored.length >> 1) : stored);
        try {
          const { target } = await read(sub);
          accepted += 1;
          return !cut && target.length === bytes.length - 16;
        } catch (error) {
          return error instanceof DataError;
        }
      }),
      { numRuns: 200 },
    );
    // Some 30 of 200 by the choice of headers; none would mean that only refusals were tested.
    expect(accepted).toBeGreaterThan(0);
  });
});

describe('readDatasetFile', () => {
  test.each([
    ['plain', (bytes: Uint8Array) => bytes, ''],
    ['gzip', gzipSync, '.gz'],
  ])('gives the data and the hash of a %s file larger than one read', async (_name, pack, suffix) => {
    const directory = await temporaryDirectory();
    const bytes = imagesOf(3000);
    await writeFile(join(directory, trainImages.name + suffix), pack(bytes));
    const { target, sha256 } = await read(directory);
    expect(Buffer.compare(target, bytes.subarray(16))).toBe(0);
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('fills a view of shared memory and nothing beside it', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, trainLabels.name), labelsOf(20));
    const memory = new Uint8Array(new SharedArrayBuffer(30)).fill(77);
    await readDatasetFile(await locate(directory, trainLabels), memory.subarray(5, 25));
    expect([...memory]).toEqual([...Array(5).fill(77), ...labelsOf(20).subarray(8), ...Array(5).fill(77)]);
  });

  test('refuses a label of 10 and names its index', async () => {
    const directory = await temporaryDirectory();
    const bytes = labelsOf(20);
    bytes[8 + 13] = 10;
    await writeFile(join(directory, trainLabels.name), bytes);
    await expect(read(directory, trainLabels)).rejects.toThrow(/label 10 at index 13, expected 0 to 9/);
  });

  test('notices a file that was cut after its header was checked', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, trainImages.name);
    await writeFile(path, imagesOf(2));
    const file = await locate(directory);
    await writeFile(path, imagesOf(1));
    await expect(readDatasetFile(file, new Uint8Array(2 * 784))).rejects.toThrow(/changed while it was read/);
    await writeFile(path, imagesOf(3));
    await expect(readDatasetFile(file, new Uint8Array(2 * 784))).rejects.toThrow(/changed while it was read/);
  });

  test('refuses a target of another length', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, trainImages.name), imagesOf(2));
    await expect(readDatasetFile(await locate(directory), new Uint8Array(784))).rejects.toThrow(RangeError);
  });
});
