import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
} from '../../../src/coordinator/checkpoint/checkpoint-file.ts';
import { DataError } from '../../../src/shared/errors.ts';
import { forgeCheckpoint } from '../../faults/forged-checkpoint.ts';
import { exampleCheckpoint } from '../../support/example-checkpoint.ts';
import { temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();

describe('encodeCheckpoint and decodeCheckpoint', () => {
  test.each([0, 3, 10, 27])('give back everything to the bit, after %d steps', (steps) => {
    const checkpoint = exampleCheckpoint(steps);
    const decoded = decodeCheckpoint(encodeCheckpoint(checkpoint), 'a');
    const { parameters, firstMoments, secondMoments, bestParameters, ...rest } = checkpoint;
    expect(decoded).toMatchObject(rest);
    expect(Object.keys(decoded).sort()).toEqual(Object.keys(checkpoint).sort());
    for (const [got, expected] of [
      [decoded.parameters, parameters],
      [decoded.firstMoments, firstMoments],
      [decoded.secondMoments, secondMoments],
      [decoded.bestParameters, bestParameters],
    ]) {
      expect(got === undefined).toBe(expected === undefined);
      if (got !== undefined && expected !== undefined)
        expect(Buffer.compare(new Uint8Array(got.buffer), new Uint8Array(expected.buffer))).toBe(0);
    }
  });

  test('take a setting that did not exist yet for its default', () => {
    const checkpoint = exampleCheckpoint(12);
    const { workers, epochs, batchSize, microBatch, learningRate, seed } = checkpoint.config;
    const early = forgeCheckpoint(encodeCheckpoint(checkpoint), {
      metadata: (metadata) => ({
        ...metadata,
        config: JSON.stringify({ workers, epochs, batchSize, microBatch, learningRate, seed }),
      }),
    });
    expect(decodeCheckpoint(early, 'early').config).toEqual(checkpoint.config);
  });

  test.each([undefined, 'c'.repeat(64)])('give back the hash of the kernels: %s', (kernelsSha256) => {
    const bytes = encodeCheckpoint({ ...exampleCheckpoint(12), kernelsSha256 });
    expect(decodeCheckpoint(bytes, 'a').kernelsSha256).toBe(kernelsSha256);
  });

  test('give the same bytes for the same checkpoint', () => {
    expect(
      Buffer.compare(encodeCheckpoint(exampleCheckpoint(12)), encodeCheckpoint(exampleCheckpoint(12))),
    ).toBe(0);
  });

  test('copy the tensors, so that training may go on', () => {
    const checkpoint = exampleCheckpoint(12);
    const bytes = encodeCheckpoint(checkpoint);
    checkpoint.parameters.fill(0);
    expect(decodeCheckpoint(bytes, 'a').parameters.some((value) => value !== 0)).toBe(true);
  });

  test('leave the bytes as they are, whatever holds them', () => {
    const bytes = Buffer.from(encodeCheckpoint(exampleCheckpoint(12)));
    decodeCheckpoint(bytes, 'a');
    expect(() => decodeCheckpoint(bytes, 'a')).not.toThrow();
  });

  test('refuse another safetensors file in words', () => {
    const bytes = encodeCheckpoint(exampleCheckpoint(1));
    bytes.set(new TextEncoder().encode('sha257'), 8 + '{"__metadata__":{"'.length);
    expect(() => decodeCheckpoint(bytes, 'a')).toThrow('a: not a checkpoint of lockstep.');
  });
});

describe('readCheckpoint', () => {
  test('reads what was written', async () => {
    const path = join(folder, 'checkpoint.safetensors');
    const checkpoint = exampleCheckpoint(12);
    writeFileSync(path, encodeCheckpoint(checkpoint));
    expect((await readCheckpoint(path)).cursor).toEqual(checkpoint.cursor);
  });

  test('names a file that is missing or a folder', async () => {
    const missing = join(folder, 'missing');
    await expect(readCheckpoint(missing)).rejects.toThrow(DataError);
    await expect(readCheckpoint(missing)).rejects.toThrow(`${missing}: cannot be read: ENOENT`);
    await expect(readCheckpoint(folder)).rejects.toThrow(`${folder}: cannot be read: EISDIR`);
  });

  test('refuses a sparse file of a terabyte without reading it', async () => {
    const path = join(folder, 'sparse');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 40);
    await expect(readCheckpoint(path)).rejects.toThrow('1099511627776 bytes, expected at most 268435456');
  });
});
