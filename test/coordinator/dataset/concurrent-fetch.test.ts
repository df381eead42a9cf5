import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { officialFiles } from '../../../src/coordinator/dataset/fashion-mnist.ts';
import { fetchDataset } from '../../../src/coordinator/dataset/load-dataset.ts';
import { closedPlaces, officialDirectory } from './official-data.ts';

const places = await closedPlaces();

const fetchProcess = fileURLToPath(new URL('fetch-process.mjs', import.meta.url));

describe.skipIf(officialDirectory === undefined)(
  'processes that share a cache (skips without the official data)',
  () => {
    test('fetch at the same time, all succeed, and leave whole files and nothing else', async () => {
      const fetchOnce = async () => {
        const { stdout } = await promisify(execFile)(process.execPath, [
          fetchProcess,
          JSON.stringify(places),
        ]);
        return JSON.parse(stdout) as unknown;
      };
      const results = await Promise.all([fetchOnce(), fetchOnce(), fetchOnce()]);
      expect((await readdir(places.cacheDirectory)).sort()).toEqual(
        officialFiles.map(({ name }) => name).sort(),
      );
      const { hashes } = await fetchDataset({ places: { ...places, systemDirectory: '/nonexistent' } });
      for (const result of results) expect(result).toEqual(hashes);
    });
  },
);
