import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeSafetensors, readSafetensors } from '../../../src/coordinator/safetensors/reader.ts';
import { DataError } from '../../../src/shared/errors.ts';
import { fileWith, fileWithLength, oneTensor } from './hostile-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'lockstep-safetensors-'));
afterAll(() => rmSync(directory, { recursive: true }));

const zeros = (count: number) => new Uint8Array(count);
const text = (string: string) => new TextEncoder().encode(string);

interface BadFile {
  what: string;
  file: Uint8Array;
  problem: string | RegExp;
}

/** What the reference implementation's own tests refuse (safetensors/src/tensor.rs). */
const refusedByReference: BadFile[] = [
  {
    what: 'ten tensors over the same bytes',
    file: fileWith(
      `{${Array.from({ length: 10 }, (_, index) => `"weight_${index}":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}`).join(',')}}`,
      zeros(16),
    ),
    problem: 'tensor "weight_1" begins at byte 0, expected 16',
  },
  {
    what: 'bytes behind the last tensor',
    file: fileWith(oneTensor('[2,2]', '[0,16]'), text('0123456789abcdefextra_bogus_data_for_polyglot_file')),
    problem: 'the tensors take 16 bytes, but the file holds 50',
  },
  {
    what: 'too few bytes for the last tensor',
    file: fileWith(oneTensor('[2,2]', '[0,16]'), zeros(14)),
    problem: 'the tensors take 16 bytes, but the file holds 14',
  },
  {
    what: 'a header length of almost 2^64',
    file: fileWithLength(0xffff_ff00_0000_003cn, text(oneTensor('[2,2]', '[0,16]')), zeros(16)),
    problem: 'header of 18446742974197923900 bytes, expected at most 100000000',
  },
  { what: 'an empty file', file: zeros(0), problem: '0 bytes, expected at least 8' },
  {
    what: 'a header longer than the file',
    file: fileWithLength(60n, zeros(0), zeros(0)),
    problem: 'header of 60 bytes in a file of 8',
  },
  { what: 'a header that is not UTF-8', file: fileWith(Uint8Array.of(0xff)), problem: 'not valid UTF-8' },
  { what: 'a header that is not JSON', file: fileWith('{'), problem: 'header position 1: expected a string' },
  {
    what: 'whitespace before the header',
    file: fileWith('\t\n{}\r '),
    problem: 'expected a header that starts with "{"',
  },
  {
    what: 'offsets that do not fit the shape',
    file: fileWith(oneTensor('[2,2]', '[0, 4]')),
    problem: 'tensor "test" ends at byte 4, expected 16',
  },
  {
    what: 'a number of elements above 2^64',
    file: fileWith(oneTensor('[2,18446744073709551614]', '[0,16]'), zeros(16)),
    problem: 'expected an integer of at most 2^53 - 1',
  },
  {
    what: 'a number of bytes above 2^64',
    file: fileWith(oneTensor('[2,9223372036854775807]', '[0,16]'), zeros(16)),
    problem: 'expected an integer of at most 2^53 - 1',
  },
];

/** What the format forbids, or leaves open and this reader forbids. */
const refusedBeyond: BadFile[] = [
  {
    what: 'a duplicate tensor',
    file: fileWith(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      zeros(1),
    ),
    problem: 'duplicate key "a"',
  },
  {
    what: 'a duplicate tensor behind an escape',
    file: fileWith(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
      zeros(2),
    ),
    problem: 'duplicate key "a"',
  },
  {
    what: 'a duplicate field',
    file: fileWith('{"a":{"dtype":"U8","shape":[9],"shape":[1],"data_offsets":[0,1]}}', zeros(1)),
    problem: 'duplicate key "shape"',
  },
  {
    what: 'duplicate metadata',
    file: fileWith('{"__metadata__":{"a":"1","a":"2"}}'),
    problem: 'duplicate key "a"',
  },
  {
    what: 'metadata twice',
    file: fileWith('{"__metadata__":{},"__metadata__":{}}'),
    problem: 'duplicate key',
  },
  {
    what: 'metadata that is a number',
    file: fileWith('{"__metadata__":{"epoch":3}}'),
    problem: 'expected a string, got "3}}"',
  },
  { what: 'nested metadata', file: fileWith('{"__metadata__":{"a":{}}}'), problem: 'expected a string' },
  {
    what: 'an unknown dtype',
    file: fileWith('{"a":{"dtype":"toString","shape":[1],"data_offsets":[0,1]}}', zeros(1)),
    problem: 'unknown dtype "toString"',
  },
  {
    what: 'a missing field',
    file: fileWith('{"a":{"dtype":"U8","shape":[0]}}'),
    problem: 'must have dtype, shape',
  },
  { what: 'an unknown field', file: fileWith('{"a":{"size":1}}'), problem: 'unknown field "size"' },
  {
    what: 'the tensor field __proto__',
    file: fileWith('{"a":{"__proto__":{}}}'),
    problem: 'unknown field "__proto__"',
  },
  {
    what: 'a negative size',
    file: fileWith(oneTensor('[-1]', '[0,0]')),
    problem: 'expected a non-negative integer',
  },
  {
    what: 'a size of -0',
    file: fileWith(oneTensor('[-0]', '[0,0]')),
    problem: 'expected a non-negative integer',
  },
  { what: 'a size of 1.0', file: fileWith(oneTensor('[1.0]', '[0,4]'), zeros(4)), problem: 'expected "]"' },
  { what: 'a size of 1e0', file: fileWith(oneTensor('[1e0]', '[0,4]'), zeros(4)), problem: 'expected "]"' },
  { what: 'a size of 01', file: fileWith(oneTensor('[01]', '[0,4]'), zeros(4)), problem: 'expected "]"' },
  {
    what: 'a size of 2^53 + 1, which a float64 cannot hold',
    file: fileWith(oneTensor('[9007199254740993]', '[0,4]'), zeros(4)),
    problem: 'expected an integer of at most 2^53 - 1',
  },
  {
    what: 'sizes whose product only fits after rounding',
    file: fileWith(oneTensor('[4503599627370496,4503599627370496]', '[0,16]'), zeros(16)),
    problem: 'impossible shape',
  },
  {
    what: 'sizes whose product overflows before a zero',
    file: fileWith(oneTensor('[9007199254740991,9007199254740991,0]', '[0,0]')),
    problem: 'impossible shape',
  },
  { what: 'one offset', file: fileWith(oneTensor('[0]', '[0]')), problem: 'two data_offsets, got 1' },
  { what: 'three offsets', file: fileWith(oneTensor('[0]', '[0,0,0]')), problem: 'two data_offsets, got 3' },
  {
    what: 'offsets in reverse',
    file: fileWith(oneTensor('[1]', '[4,0]'), zeros(4)),
    problem: 'begins at byte 4',
  },
  {
    what: 'a hole at the start',
    file: fileWith(oneTensor('[1]', '[4,8]'), zeros(8)),
    problem: 'begins at byte 4',
  },
  {
    what: 'a hole between tensors',
    file: fileWith(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
      zeros(3),
    ),
    problem: 'tensor "b" begins at byte 2, expected 1',
  },
  { what: 'a byte order mark', file: fileWith('\ufeff{}'), problem: 'starts with "{"' },
  {
    what: 'an overlong UTF-8 sequence',
    file: fileWith(Uint8Array.of(0x7b, 0xc0, 0xa2, 0x7d)),
    problem: 'UTF-8',
  },
  {
    what: 'a lone surrogate',
    file: fileWith('{"__metadata__":{"a":"\\ud800"}}'),
    problem: 'lone surrogates',
  },
  { what: 'a raw control character', file: fileWith('{"\n":{}}'), problem: 'a valid JSON string' },
  { what: 'a string without end', file: fileWith('{"a\\"'), problem: 'a string that ends' },
  { what: 'a trailing comma', file: fileWith('{"__metadata__":{},}'), problem: 'expected a string' },
  { what: 'a second value', file: fileWith('{}{}'), problem: 'expected the end of the header' },
  { what: 'padding by zero bytes', file: fileWith('{}\0\0'), problem: 'expected the end of the header' },
  { what: 'an array', file: fileWith('[]'), problem: 'starts with "{"' },
  { what: 'an empty header', file: fileWith(''), problem: 'starts with "{"' },
  {
    what: 'a million nested arrays',
    file: fileWith(`{"a":{"dtype":"U8","shape":${'['.repeat(1_000_000)}`),
    problem: 'expected a non-negative integer',
  },
];

describe.each([
  { source: 'the reference implementation', files: refusedByReference },
  { source: 'this reader alone', files: refusedBeyond },
])('a file refused by $source', ({ files }) => {
  test.each(files)('$what', async ({ file, problem }) => {
    expect(() => decodeSafetensors(file, 'a.safetensors')).toThrow(DataError);
    expect(() => decodeSafetensors(file, 'a.safetensors')).toThrow(problem);
    const path = join(directory, 'hostile.safetensors');
    writeFileSync(path, file);
    await expect(readSafetensors(path)).rejects.toThrow(DataError);
    await expect(readSafetensors(path)).rejects.toThrow(problem);
  });
});
