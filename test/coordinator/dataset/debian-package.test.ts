import { execFileSync } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { withDebianPackage } from '../../../src/coordinator/dataset/debian-package.ts';
import {
  debianDataDirectory,
  debianPackageName,
  officialFiles,
} from '../../../src/coordinator/dataset/fashion-mnist.ts';
import { fetchDataset } from '../../../src/coordinator/dataset/load-dataset.ts';
import { DataError } from '../../../src/shared/errors.ts';
import { temporaryDirectory } from './idx-bytes.ts';

const hasDebianTools = ['apt-get', 'dpkg-deb'].every((program) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** Has apt's work done in a directory of the test's own, which must be empty afterwards. */
async function privateTemporaryDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  vi.stubEnv('TMPDIR', directory);
  return directory;
}

afterEach(() => void vi.unstubAllEnvs());

describe.skipIf(!hasDebianTools)('the Debian package (skips without apt-get and dpkg-deb)', () => {
  test('is the source where the mirror cannot be reached', { timeout: 300_000 }, async (context) => {
    const cacheDirectory = await temporaryDirectory();
    const temporary = await privateTemporaryDirectory();
    try {
      await withDebianPackage(debianPackageName, { onStep: () => {} }, (root) =>
        access(join(root, debianDataDirectory, `${officialFiles[0]?.name}.gz`)),
      );
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return context.skip(`the package cannot be fetched here: ${error.message}`);
    }
    const fetched = await fetchDataset({
      places: {
        cacheDirectory,
        systemDirectory: '/nonexistent',
        mirrorUrl: 'http://127.0.0.1:9/',
      },
    });
    expect(fetched.fetchedFrom).toBe(`Debian package ${debianPackageName}`);
    expect(fetched.hashes.train.imagesSha256).toBe(officialFiles[0]?.sha256);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('that does not exist is an error in the words of apt', { timeout: 300_000 }, async () => {
    const temporary = await privateTemporaryDirectory();
    const failure = withDebianPackage('no-such-package-lockstep', { onStep: () => {} }, async () => {});
    await expect(failure).rejects.toThrow(/"apt-get (update|download no-such-package-lockstep)" failed: /);
    expect(await readdir(temporary)).toEqual([]);
  });
});
