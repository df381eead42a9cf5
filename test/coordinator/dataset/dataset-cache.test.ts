import { createHash } from 'node:crypto';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import {
  CacheWriteError,
  defaultCacheDirectory,
  prepareCache,
  storeInCache,
} from '../../../src/coordinator/dataset/dataset-cache.ts';
import type { OfficialFile } from '../../../src/coordinator/dataset/fashion-mnist.ts';
import { imagesOf, temporaryDirectory, trainImages } from './idx-bytes.ts';

const bytes = imagesOf(3);

/** As if `bytes` were what is published. */
const official: OfficialFile = {
  ...trainImages,
  count: 3,
  length: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
};

async function* content(end = bytes.length): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 1000);
  yield bytes.subarray(1000, end);
}

describe('defaultCacheDirectory', () => {
  test.runIf(process.platform === 'linux')('lies in XDG_CACHE_HOME or ~/.cache', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/somewhere');
    expect(defaultCacheDirectory()).toBe('/somewhere/lockstep/fashion-mnist');
    vi.stubEnv('XDG_CACHE_HOME', undefined);
    expect(defaultCacheDirectory()).toBe(join(homedir(), '.cache/lockstep/fashion-mnist'));
    vi.unstubAllEnvs();
  });
});

describe('prepareCache', () => {
  test('makes the directory', async () => {
    const directory = join(await temporaryDirectory(), 'a/b');
    await prepareCache(directory);
    expect(await readdir(directory)).toEqual([]);
  });

  test('refuses a place that cannot be a directory', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, '');
    await expect(prepareCache(join(path, 'cache'))).rejects.toThrow(CacheWriteError);
    await expect(prepareCache(join(path, 'cache'))).rejects.toThrow(
      /cache cannot be written: not a directory/,
    );
  });

  test('removes what a killed process left behind, but no file that is still being written', async () => {
    const directory = await temporaryDirectory();
    const twoHoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    for (const name of ['.x.old.partial', '.x.new.partial', 'old-file'])
      await writeFile(join(directory, name), 'x');
    await utimes(join(directory, '.x.old.partial'), twoHoursAgo, twoHoursAgo);
    await utimes(join(directory, 'old-file'), twoHoursAgo, twoHoursAgo);
    await prepareCache(directory);
    expect((await readdir(directory)).sort()).toEqual(['.x.new.partial', 'old-file']);
  });
});

describe('storeInCache', () => {
  test('stores the file and nothing else', async () => {
    const directory = await temporaryDirectory();
    await storeInCache(directory, official, content(), 'source');
    expect(await readdir(directory)).toEqual([official.name]);
    expect(Buffer.compare(await readFile(join(directory, official.name)), bytes)).toBe(0);
  });

  test.each([
    ['has another hash', { ...official, sha256: '0'.repeat(64) }, content()],
    ['is too short', official, content(2000)],
  ])('keeps the old file when the new content %s', async (_name, expected, chunks) => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, official.name), 'old');
    await expect(storeInCache(directory, expected, chunks, 'source')).rejects.toThrow(
      /^source: train-images-idx3-ubyte has \d+ bytes with SHA-256 [0-9a-f]{64}, expected 2368 with/,
    );
    expect(await readdir(directory)).toEqual([official.name]);
    expect(await readFile(join(directory, official.name), 'utf8')).toBe('old');
  });

  test('leaves nothing behind when its source breaks', async () => {
    const directory = await temporaryDirectory();
    const broken = new Error('the source broke');
    async function* source() {
      yield* content(2000);
      throw broken;
    }
    await expect(storeInCache(directory, official, source(), 'source')).rejects.toBe(broken);
    expect(await readdir(directory)).toEqual([]);
  });

  test('many writers of one file leave one whole file', async () => {
    const directory = await temporaryDirectory();
    await Promise.all(
      Array.from({ length: 8 }, () => storeInCache(directory, official, content(), 'source')),
    );
    expect(await readdir(directory)).toEqual([official.name]);
    expect(Buffer.compare(await readFile(join(directory, official.name)), bytes)).toBe(0);
  });

  test.runIf(process.platform === 'linux')(
    'blames the cache, not the source, where no file can be made',
    async () => {
      // The kernel allows nobody to make a file there.
      await expect(storeInCache('/proc/self', official, content(), 'source')).rejects.toThrow(
        CacheWriteError,
      );
    },
  );
});
