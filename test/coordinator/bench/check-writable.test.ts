import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkWritable } from '../../../src/coordinator/bench/check-writable.ts';

describe('checkWritable', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-writable-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('refuses a file in a folder that is not there', async () => {
    const path = join(folder, 'missing', 'figures.json');
    await expect(checkWritable(path)).rejects.toThrow(`--json: ${path} cannot be written: ENOENT`);
  });

  test('leaves what a file holds', async () => {
    const path = join(folder, 'figures.json');
    await writeFile(path, '{}');
    await checkWritable(path);
    expect(await readFile(path, 'utf8')).toBe('{}');
  });

  test('wants nothing where nothing is to be written', async () => {
    await expect(checkWritable(undefined)).resolves.toBeUndefined();
  });
});
