import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeSafetensors, readSafetensors } from '../../../src/coordinator/safetensors/reader.ts';
import { DataError } from '../../../src/shared/errors.ts';
import { fileWith, oneTensor } from './hostile-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'lockstep-safetensors-'));
afterAll(() => rmSync(directory, { recursive: true }));

const zeros = (count: number) => new Uint8Array(count);

describe('decodeSafetensors', () => {
  test.each([
    { what: 'a scalar', file: fileWith(oneTensor('[]', '[0,4]'), zeros(4)), shape: [], bytes: 4 },
    {
      what: 'a tensor without elements',
      file: fileWith(oneTensor('[2,0]', '[0, 0]')),
      shape: [2, 0],
      bytes: 0,
    },
    { what: 'a matrix', file: fileWith(oneTensor('[2,2]', '[0,16]'), zeros(16)), shape: [2, 2], bytes: 16 },
  ])('accepts $what', ({ file, shape, bytes }) => {
    const tensor = decodeSafetensors(file, 'a').tensors.get('test');
    expect(tensor).toMatchObject({ elementType: 'I32', shape });
    expect(tensor?.bytes).toHaveLength(bytes);
  });

  test('accepts JSON whitespace behind the header', () => {
    expect(decodeSafetensors(fileWith('{}\r \t\n'), 'a').tensors.size).toBe(0);
  });

  test('takes the tensors in any order of the header', () => {
    const header =
      '{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const { tensors } = decodeSafetensors(fileWith(header, Uint8Array.of(7, 8, 9)), 'a');
    expect([...tensors.keys()]).toEqual(['a', 'b']);
    expect(tensors.get('b')?.bytes).toEqual(Uint8Array.of(8, 9));
  });

  test('takes __proto__ for a name like any other', () => {
    const header =
      '{"__metadata__":{"__proto__":"x"},"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const { tensors, metadata } = decodeSafetensors(fileWith(header, Uint8Array.of(7)), 'a');
    expect(tensors.get('__proto__')?.bytes).toEqual(Uint8Array.of(7));
    expect([...metadata]).toEqual([['__proto__', 'x']]);
  });

  test('prints no control characters of a hostile name', () => {
    const file = fileWith('{"\\u001b[2J":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', zeros(2));
    expect(() => decodeSafetensors(file, 'a')).toThrow('tensor "\\u001b[2J" begins');
  });
});

describe('readSafetensors', () => {
  test('names a file that does not exist', async () => {
    const path = join(directory, 'missing.safetensors');
    await expect(readSafetensors(path)).rejects.toThrow(DataError);
    await expect(readSafetensors(path)).rejects.toThrow(`${path}: cannot be read: ENOENT`);
  });

  test('refuses a folder', async () => {
    await expect(readSafetensors(directory)).rejects.toThrow('not a regular file');
  });

  test.skipIf(process.platform === 'win32')(
    'refuses a named pipe without waiting for its writer',
    async () => {
      const path = join(directory, 'pipe');
      execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
      await expect(readSafetensors(path)).rejects.toThrow('not a regular file');
    },
  );

  test('refuses a sparse file of a terabyte without reading it', async () => {
    const path = join(directory, 'sparse.safetensors');
    writeFileSync(path, fileWith(oneTensor('[250000000000]', '[0,1000000000000]')));
    truncateSync(path, 2 ** 40);
    await expect(readSafetensors(path)).rejects.toThrow('1099511627776 bytes, expected at most 1073741824');
  });
});
