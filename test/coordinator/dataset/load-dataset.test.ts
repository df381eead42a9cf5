import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { findDatasetFile } from '../../../src/coordinator/dataset/dataset-file.ts';
import { officialFiles } from '../../../src/coordinator/dataset/fashion-mnist.ts';
import { fetchDataset, loadDataset, readDataset } from '../../../src/coordinator/dataset/load-dataset.ts';
import { locateDataset } from '../../../src/coordinator/dataset/locate-dataset.ts';
import { imagesOf, labelsOf, officialFile, temporaryDirectory } from './idx-bytes.ts';
import { closedPlaces, officialDirectory } from './official-data.ts';

const places = await closedPlaces();

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function directoryOfUser(counts = { trainImages: 5, trainLabels: 5 }): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'train-images-idx3-ubyte.gz'), gzipSync(imagesOf(counts.trainImages)));
  await writeFile(join(directory, 'train-labels-idx1-ubyte'), labelsOf(counts.trainLabels));
  await writeFile(join(directory, 't10k-images-idx3-ubyte'), imagesOf(2));
  await writeFile(join(directory, 't10k-labels-idx1-ubyte'), labelsOf(2));
  return directory;
}

describe("the user's own directory", () => {
  test('is loaded whatever its counts, and reported as not official', async () => {
    const notices: string[] = [];
    const directory = await directoryOfUser();
    const { train, test: testSplit } = await loadDataset({
      directory,
      onNotice: (text) => notices.push(text),
    });
    expect(Buffer.compare(train.images, imagesOf(5).subarray(16))).toBe(0);
    expect([...train.labels]).toEqual([0, 1, 2, 3, 4]);
    expect(testSplit.labels.length).toBe(2);
    expect(notices).toHaveLength(4);
    expect(notices[1]).toBe(
      `${directory}/train-labels-idx1-ubyte is not the official FashionMNIST: SHA-256 ${sha256(labelsOf(5))}.`,
    );
  });

  test('is read into shared memory, and its hashes are returned', async () => {
    const files = await locateDataset({ directory: await directoryOfUser(), splits: ['test'] });
    expect(files).toMatchObject({ origin: 'directory', splits: { test: { count: 2 } } });
    const memory = new SharedArrayBuffer(2 * 785);
    const images = new Uint8Array(memory, 0, 2 * 784);
    const hashes = await readDataset(files, { test: { images, labels: new Uint8Array(memory, 2 * 784) } });
    expect(hashes).toEqual({
      test: { imagesSha256: sha256(imagesOf(2)), labelsSha256: sha256(labelsOf(2)) },
    });
    expect(Buffer.compare(images, imagesOf(2).subarray(16))).toBe(0);
  });

  test('needs only the files of the splits asked for', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'train-images-idx3-ubyte'), imagesOf(1));
    await writeFile(join(directory, 'train-labels-idx1-ubyte'), labelsOf(1));
    expect(Object.keys(await loadDataset({ directory, splits: ['train'] }))).toEqual(['train']);
    await expect(loadDataset({ directory })).rejects.toMatchObject({
      name: 'DataError',
      message: `${directory}: neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz is there.`,
    });
  });

  test('is refused when the counts of images and labels differ', async () => {
    const directory = await directoryOfUser({ trainImages: 5, trainLabels: 4 });
    await expect(loadDataset({ directory })).rejects.toThrow(
      `${directory}/train-images-idx3-ubyte.gz holds 5 images, but ${directory}/train-labels-idx1-ubyte holds 4 labels.`,
    );
  });

  test('is never replaced by another source', async () => {
    const directory = join(await temporaryDirectory(), 'none');
    await expect(loadDataset({ directory })).rejects.toThrow(`${directory}: not found.`);
    await writeFile(directory, '');
    await expect(loadDataset({ directory })).rejects.toThrow(`${directory}: not a directory.`);
  });
});

describe.skipIf(officialDirectory === undefined)(
  'the official data (skips where the machine has none)',
  async () => {
    test("is copied into the cache from the system's directory, once", async () => {
      const first = await fetchDataset({ places });
      expect(first.fetchedFrom).toBe(officialDirectory);
      expect(first.hashes).toEqual({
        train: { imagesSha256: officialFiles[0]?.sha256, labelsSha256: officialFiles[1]?.sha256 },
        test: { imagesSha256: officialFiles[2]?.sha256, labelsSha256: officialFiles[3]?.sha256 },
      });
      const second = await fetchDataset({ places: { ...places, systemDirectory: '/nonexistent' } });
      expect(second).toEqual({ ...first, fetchedFrom: undefined });
      expect((await readdir(places.cacheDirectory)).sort()).toEqual(
        officialFiles.map(({ name }) => name).sort(),
      );
    });

    test('has 60,000 and 10,000 samples, as many of each class', async () => {
      const { train, test: testSplit } = await loadDataset({ places });
      const perClass = (labels: Uint8Array) =>
        Array.from({ length: 10 }, (_, label) => labels.filter((value) => value === label).length);
      expect(perClass(train.labels)).toEqual(Array(10).fill(6000));
      expect(perClass(testSplit.labels)).toEqual(Array(10).fill(1000));
      expect([train.images.length, testSplit.images.length]).toEqual([47_040_000, 7_840_000]);
    });

    test.each([
      ['changed', (bytes: Buffer) => bytes.fill(3, 100, 101), /SHA-256 [0-9a-f]{64}, expected 0402a96d/],
      ['cut', (bytes: Buffer) => bytes.subarray(0, 5000), /5008 bytes too short/],
      ['emptied', () => Buffer.alloc(0), /0 bytes, too short/],
    ])('is fetched anew, with a notice, when a file of the cache was %s', async (_name, alter, notice) => {
      await locateDataset({ places });
      const path = join(places.cacheDirectory, officialFile('t10k-labels-idx1-ubyte').name);
      const good = await readFile(path);
      await writeFile(path, alter(Buffer.from(good)));
      const notices: string[] = [];
      const loaded = await loadDataset({ places, splits: ['test'], onNotice: (text) => notices.push(text) });
      expect(notices).toEqual([expect.stringMatching(notice)]);
      expect(Buffer.compare(loaded.test.labels, good.subarray(8))).toBe(0);
      expect(Buffer.compare(await readFile(path), good)).toBe(0);
    });

    test('is completed in the cache by the missing file alone', async () => {
      await locateDataset({ places });
      const labels = officialFile('t10k-labels-idx1-ubyte');
      const systemDirectory = await temporaryDirectory();
      await rename(join(places.cacheDirectory, labels.name), join(systemDirectory, labels.name));
      const { fetchedFrom } = await fetchDataset({ places: { ...places, systemDirectory } });
      expect(fetchedFrom).toBe(systemDirectory);
    });

    test('is an error when a damaged file of the cache cannot be fetched anew', async () => {
      await locateDataset({ places });
      const path = join(places.cacheDirectory, officialFile('t10k-images-idx3-ubyte').name);
      await truncate(path, 1000);
      const closed = { ...places, systemDirectory: '/nonexistent' };
      // Without apt the package is out of reach at once.
      vi.stubEnv('PATH', '/nonexistent');
      const loading = loadDataset({ places: closed }).finally(() => vi.unstubAllEnvs());
      await expect(loading).rejects.toThrow(
        /neither found nor could it be fetched:\n.*holds no complete copy\.\n.*nonexistent.*\n.*official mirror.*\n.*Debian/,
      );
    });

    test("is read in the system's directory where the cache cannot be written", async () => {
      const file = join(await temporaryDirectory(), 'file');
      await writeFile(file, '');
      const notices: string[] = [];
      const closed = { ...places, cacheDirectory: join(file, 'cache') };
      const files = await locateDataset({ places: closed, onNotice: (text) => notices.push(text) });
      expect(files).toMatchObject({ origin: 'system', directory: officialDirectory });
      expect(notices).toEqual([
        expect.stringMatching(/cache cannot be written: not a directory\. The data set is read/),
      ]);
    });

    test('is not reported as foreign in a directory of the user', async () => {
      const directory = join(await temporaryDirectory(), 'copy');
      await mkdir(directory);
      for (const official of officialFiles.filter(({ split }) => split === 'test')) {
        const found = await findDatasetFile(places.systemDirectory, official);
        if (found !== undefined) await copyFile(found.path, join(directory, basename(found.path)));
      }
      const notices: string[] = [];
      await loadDataset({ directory, splits: ['test'], onNotice: (text) => notices.push(text) });
      expect(notices).toEqual([]);
    });
  },
);
