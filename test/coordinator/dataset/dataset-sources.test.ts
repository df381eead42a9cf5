import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { CacheWriteError } from '../../../src/coordinator/dataset/dataset-cache.ts';
import type { DatasetProgress } from '../../../src/coordinator/dataset/dataset-options.ts';
import { defaultPlaces } from '../../../src/coordinator/dataset/dataset-options.ts';
import { type FailedAttempt, fillCache } from '../../../src/coordinator/dataset/dataset-sources.ts';
import { imagesOf, labelsOf, temporaryDirectory, trainImages, trainLabels } from './idx-bytes.ts';

const contents = [imagesOf(3), labelsOf(3)] as const;

/** As if these small files were what is published. */
const published = [trainImages, trainLabels].map((official, index) => {
  const bytes = contents[index] ?? new Uint8Array();
  return {
    ...official,
    count: 3,
    length: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
});

// Without apt the package is out of reach at once.
beforeEach(() => {
  vi.stubEnv('PATH', '/nonexistent');
  onTestFinished(() => void vi.unstubAllEnvs());
});

async function places(mirrorUrl = 'http://127.0.0.1:9/') {
  const [cacheDirectory, systemDirectory] = [await temporaryDirectory(), await temporaryDirectory()];
  return {
    ...defaultPlaces,
    cacheDirectory,
    systemDirectory,
    mirrorUrl,
    debianPackage: 'no-such-package-lockstep',
  };
}

/** Serves `<name>.gz` of each file, as `alter` changes it. */
async function mirror(alter = (compressed: Buffer) => compressed): Promise<string> {
  const server = createServer((request, response) => {
    const index = published.findIndex(({ name }) => request.url === `/mirror/${name}.gz`);
    const bytes = contents[index];
    if (bytes === undefined) response.writeHead(404).end();
    else response.end(alter(gzipSync(bytes)));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror`;
}

async function expectCached(directory: string): Promise<void> {
  expect((await readdir(directory)).sort()).toEqual(published.map(({ name }) => name).sort());
  for (const [index, { name }] of published.entries()) {
    expect(Buffer.compare(await readFile(join(directory, name)), contents[index] ?? new Uint8Array())).toBe(
      0,
    );
  }
}

describe('fillCache', () => {
  test("takes the files of the system's directory, plain or compressed", async () => {
    const where = await places();
    await writeFile(join(where.systemDirectory, trainImages.name), contents[0]);
    await writeFile(join(where.systemDirectory, `${trainLabels.name}.gz`), gzipSync(contents[1]));
    expect(await fillCache(published, where, {}, [])).toBe(where.systemDirectory);
    await expectCached(where.cacheDirectory);
  });

  test('goes on to the mirror when the system has other data', async () => {
    const where = await places(await mirror());
    await writeFile(join(where.systemDirectory, `${trainImages.name}.gz`), gzipSync(imagesOf(4)));
    const attempts: FailedAttempt[] = [];
    expect(await fillCache(published, where, {}, attempts)).toBe('official mirror');
    await expectCached(where.cacheDirectory);
    expect(attempts).toHaveLength(1);
  });

  test('reports how far each download has come', async () => {
    const seen: DatasetProgress[] = [];
    await fillCache(
      published,
      await places(await mirror()),
      { onProgress: (progress) => seen.push(progress) },
      [],
    );
    const receivedBytes = gzipSync(contents[1]).length;
    expect(seen.at(-1)).toMatchObject({ source: 'official mirror', file: trainLabels.name, receivedBytes });
  });

  test.each([
    [
      'serves other data',
      () => gzipSync(labelsOf(3)),
      /has 11 bytes with SHA-256 [0-9a-f]{64}, expected 2368 with/,
    ],
    ['serves a web page', () => Buffer.from('<html>'), /\.gz: not gzip data/],
    ['serves a truncated file', (file: Buffer) => file.subarray(0, -20), /\.gz: the gzip data is truncated/],
    [
      'serves a bomb',
      () => gzipSync(Buffer.alloc(1e7)),
      /\.gz: decompresses to more than the 2368 bytes expected/,
    ],
    ['serves too much', () => Buffer.alloc(100_000), /\.gz: at least 100000 bytes, expected at most 67904/],
  ])('keeps nothing of a mirror that %s', async (_name, alter, message) => {
    const where = await places(await mirror(alter));
    const attempts: FailedAttempt[] = [];
    await expect(fillCache(published, where, {}, attempts)).rejects.toThrow(
      'neither found nor could it be fetched',
    );
    expect(attempts[1]?.source).toBe('official mirror');
    expect(attempts[1]?.reason).toMatch(message);
    expect(await readdir(where.cacheDirectory)).toEqual([]);
  });

  test('tries no other source when the cache takes no files', async () => {
    const where = await places(await mirror());
    await writeFile(join(where.systemDirectory, trainImages.name), contents[0]);
    // No file can take the name of a directory.
    await mkdir(join(where.cacheDirectory, trainImages.name));
    const attempts: FailedAttempt[] = [];
    await expect(fillCache(published, where, {}, attempts)).rejects.toThrow(CacheWriteError);
    expect(attempts).toEqual([]);
  });

  test('lists each source with its reason when all fail', async () => {
    const where = await places();
    const failure = fillCache(published, where, {}, [{ source: 'cache', reason: 'empty' }]);
    await expect(failure).rejects.toMatchObject({
      name: 'DataError',
      message: expect.stringMatching(
        /^.*:\n {2}cache: empty\n {2}\/.*: train-images-idx3-ubyte\.gz not found\.\n {2}official mirror: .*\n {2}Debian package no-such-package-lockstep: dpkg-deb is not on the PATH\.$/,
      ),
      nextStep: expect.stringContaining('fetch-data'),
    });
  });

  test('ends with the reason of the signal, without a try at the next source', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by the user');
    const where = await places(await mirror());
    const attempts: FailedAttempt[] = [];
    const onProgress = () => stop.abort(reason);
    await expect(
      fillCache(published, where, { onProgress, signal: stop.signal }, attempts),
    ).rejects.toThrow();
    expect(attempts.map(({ source }) => source)).toEqual([where.systemDirectory]);
    expect(await readdir(where.cacheDirectory)).toEqual([]);
  });
});
