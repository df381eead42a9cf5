import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { OutputTail } from '../../../src/worker/process/output-tail.ts';

/** What is kept, and what is handed on, of an output that comes in these pieces. */
async function capture(...pieces: (string | Buffer)[]) {
  const lines: string[] = [];
  const tail = new OutputTail((line) => lines.push(line));
  const stream = new PassThrough();
  tail.capture(stream);
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await finished(stream);
  return { lines, described: tail.describe() };
}

describe('OutputTail', () => {
  test('hands on whole lines, however they come, and the last one without an end', async () => {
    expect((await capture('one\ntw', 'o\n', 'three')).lines).toEqual(['one', 'two', 'three']);
  });

  test('describes the last three lines, or nothing', async () => {
    expect((await capture('a\nb\n', ' c \nd\n')).described).toBe(' (it last printed: b | c | d)');
    expect((await capture()).described).toBe('');
  });

  test('describes what went wrong rather than where', async () => {
    const crash = 'Error: no memory\n    at f (file.js:1:1)\n    at g (file.js:2:2)\n\nNode.js v20.20.2\n';
    const native = 'F Check failed\n----- Native stack trace -----\n\n 1: 0x7f node::Abort\n12: 0x8f main\n';
    expect((await capture(crash)).described).toBe(' (it last printed: Error: no memory)');
    expect((await capture(native)).described).toBe(' (it last printed: F Check failed)');
  });

  test('keeps little of what has no lines, and no control characters', async () => {
    const { lines, described } = await capture(`\u001b[31mred\u0007\n`, 'x'.repeat(1_000_000));
    expect(lines[0]).toBe('[31mred');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(300);
    expect(described.length).toBeLessThan(1000);
  });

  test('bears bytes that are no text', async () => {
    const { lines } = await capture(Buffer.from(Uint8Array.from({ length: 512 }, (_, index) => index % 256)));
    expect(lines.length).toBeGreaterThan(1);
  });
});
