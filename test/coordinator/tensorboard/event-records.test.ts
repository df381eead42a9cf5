import { describe, expect, test } from 'vitest';
import {
  fileVersionRecord,
  frameRecord,
  restartRecord,
  ScalarsRecord,
} from '../../../src/coordinator/tensorboard/event-records.ts';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The data of a record, without its frame. */
function dataOf(record: Uint8Array): string {
  return hex(record.subarray(12, -4));
}

/** All bytes were printed by TensorBoard 2.21's own writer, and by its protocol buffers. */
describe('records of event files', () => {
  test('are framed as TFRecords with masked checksums', () => {
    expect(hex(frameRecord(new TextEncoder().encode('abc')))).toBe('0300000000000000b099490e6162636e57f121');
    const version = Buffer.from('09000000000000f83f1a0d627261696e2e4576656e743a32', 'hex');
    expect(hex(frameRecord(version))).toBe(
      '1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c',
    );
  });

  test('hold the values of a step by tag', () => {
    const record = new ScalarsRecord(['a/b', 'c']);
    record.encode(7, 7, { 'a/b': 7, c: 7 });
    expect(dataOf(record.encode(1.5, 300, { 'a/b': 0.1, c: -2 }))).toBe(
      '09000000000000f83f10ac022a160a0a0a03612f6215cdcccc3d0a080a016315000000c0',
    );
  });

  test('tell of a restart', () => {
    expect(dataOf(restartRecord(1.5, 7))).toBe('09000000000000f83f10073a020801');
  });

  test('begin with the version, whose step is 0', () => {
    expect(dataOf(fileVersionRecord(1.5))).toBe('09000000000000f83f10001a0d627261696e2e4576656e743a32');
  });
});
