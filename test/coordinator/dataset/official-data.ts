import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { defaultCacheDirectory } from '../../../src/coordinator/dataset/dataset-cache.ts';
import { findDatasetFile } from '../../../src/coordinator/dataset/dataset-file.ts';
import { debianDataDirectory, officialFiles } from '../../../src/coordinator/dataset/fashion-mnist.ts';

/** A directory of this machine with the real FashionMNIST; undefined where there is none, and its tests skip. */
export const officialDirectory = await findOfficialDirectory();

/** Places that reach nothing outside of the machine, with a cache that is gone after the test file. */
export async function closedPlaces() {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'lockstep-cache-test-'));
  afterAll(() => rm(cacheDirectory, { recursive: true, force: true }));
  return {
    cacheDirectory,
    systemDirectory: officialDirectory ?? '/nonexistent',
    // Port 9, discard: nobody listens.
    mirrorUrl: 'http://127.0.0.1:9/',
    debianPackage: 'no-such-package-lockstep',
  };
}

async function findOfficialDirectory(): Promise<string | undefined> {
  for (const directory of [debianDataDirectory, defaultCacheDirectory()]) {
    const files = await Promise.all(officialFiles.map((file) => findDatasetFile(directory, file)));
    if (files.every((file) => file !== undefined)) return directory;
  }
  return undefined;
}
