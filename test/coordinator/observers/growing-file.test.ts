import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GrowingFile } from '../../../src/coordinator/observers/growing-file.ts';
import { temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();

function grow(file: Promise<FileHandle>) {
  const failures: unknown[] = [];
  return { failures, growing: new GrowingFile(file, (error) => failures.push(error)) };
}

describe('GrowingFile', () => {
  test('holds everything in the order in which it was appended, also what came before it was open', async () => {
    const path = join(folder, 'whole');
    const { growing, failures } = grow(open(path, 'w'));
    const parts = Array.from({ length: 500 }, (_, index) => `part ${index}, größer\n`);
    for (const [index, part] of parts.entries()) {
      growing.append(index % 2 === 0 ? part : Buffer.from(part));
      if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await growing.close();
    expect(readFileSync(path, 'utf8')).toBe(parts.join(''));
    expect(failures).toEqual([]);
  });

  test('that cannot be opened tells so once, and takes what is appended', async () => {
    const { growing, failures } = grow(open(join(folder, 'no', 'such', 'folder'), 'w'));
    growing.append('lost');
    await new Promise((resolve) => setImmediate(resolve));
    growing.append('lost, too');
    await growing.close();
    expect(failures).toMatchObject([{ code: 'ENOENT' }]);
  });

  test.skipIf(!existsSync('/dev/full'))(
    'that cannot be written tells so once (skipped without /dev/full)',
    async () => {
      const { growing, failures } = grow(open('/dev/full', 'w'));
      for (let part = 0; part < 3; part++) {
        growing.append('lost');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await growing.close();
      expect(failures).toMatchObject([{ code: 'ENOSPC' }]);
    },
  );

  test('on a disk that hangs gives up before it fills the memory', () => {
    const { growing, failures } = grow(new Promise(() => {}));
    const mebibyte = new Uint8Array(2 ** 20);
    for (let part = 0; part < 64; part++) growing.append(mebibyte);
    expect(failures).toEqual([]);
    for (let part = 0; part < 64; part++) growing.append(mebibyte);
    expect(failures).toMatchObject([{ message: expect.stringContaining('in time') }]);
  });
});
