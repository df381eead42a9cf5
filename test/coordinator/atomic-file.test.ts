import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isTemporaryFile, writeFileAtomically } from '../../src/coordinator/atomic-file.ts';
import { RunError } from '../../src/shared/errors.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-atomic-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('writeFileAtomically', () => {
  test('writes a new file and leaves nothing beside it', async () => {
    await writeFileAtomically(join(directory, 'a'), Uint8Array.of(1, 2, 3));
    expect([...readFileSync(join(directory, 'a'))]).toEqual([1, 2, 3]);
    expect(readdirSync(directory)).toEqual(['a']);
  });

  test('replaces a longer file as a whole', async () => {
    writeFileSync(join(directory, 'a'), 'something longer');
    await writeFileAtomically(join(directory, 'a'), 'short ✓');
    expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('short ✓');
  });

  test('keeps readers of the old file at the old content', async () => {
    const path = join(directory, 'a');
    writeFileSync(path, 'old');
    const seen = new Set<string>();
    const writing = writeFileAtomically(path, 'new'.repeat(1_000_000)).then(() => seen.add('done'));
    while (!seen.has('done')) {
      seen.add(readFileSync(path, 'utf8').slice(0, 6) || 'empty');
      await new Promise(setImmediate);
    }
    await writing;
    expect(seen).not.toContain('empty');
  });

  test('writes a view of a larger buffer, not the buffer', async () => {
    const values = Float32Array.of(1, 2, 3).subarray(1, 2);
    await writeFileAtomically(join(directory, 'a'), new Uint8Array(values.buffer, values.byteOffset, 4));
    expect([...readFileSync(join(directory, 'a'))]).toEqual([0, 0, 0, 0x40]);
  });

  test('removes the temporary file and says what to do if the name cannot be taken', async () => {
    const path = join(directory, 'folder');
    mkdirSync(path);
    await expect(writeFileAtomically(path, 'x')).rejects.toThrow(RunError);
    await expect(writeFileAtomically(path, 'x')).rejects.toThrow(`${path}: cannot be written: EISDIR`);
    expect(readdirSync(directory)).toEqual(['folder']);
  });

  test('says that the folder is gone', async () => {
    const path = join(directory, 'gone', 'a');
    await expect(writeFileAtomically(path, 'x')).rejects.toMatchObject({
      nextStep: 'The folder is gone: create it, or choose another --run-dir.',
    });
  });

  const isRoot = process.getuid?.() === 0;
  test.skipIf(isRoot)(
    `says that the folder is read-only${isRoot ? ' (skipped: root may write everywhere)' : ''}`,
    async () => {
      chmodSync(directory, 0o555);
      await expect(writeFileAtomically(join(directory, 'a'), 'x')).rejects.toThrow('EACCES');
      chmodSync(directory, 0o755);
    },
  );
});

describe('isTemporaryFile', () => {
  test('knows the files that an interrupted write leaves, and no others', () => {
    expect(isTemporaryFile('.best.safetensors.0123456789ab.tmp')).toBe(true);
    expect(isTemporaryFile('best.safetensors')).toBe(false);
    expect(isTemporaryFile('.hidden.tmp')).toBe(false);
  });
});
