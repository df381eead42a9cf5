import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type OfficialFile, officialFiles } from '../../../src/coordinator/dataset/fashion-mnist.ts';

/** A file of `words` as big-endian 32-bit integers, then `data`. */
export function idxBytes(words: readonly number[], data: Uint8Array | number = 0): Uint8Array {
  const content = typeof data === 'number' ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(words.length * 4 + content.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setUint32(index * 4, word);
  });
  bytes.set(content, words.length * 4);
  return bytes;
}

export const imagesOf = (count: number): Uint8Array =>
  idxBytes(
    [0x803, count, 28, 28],
    Uint8Array.from({ length: count * 784 }, (_, index) => index % 251),
  );

export const labelsOf = (count: number): Uint8Array =>
  idxBytes(
    [0x801, count],
    Uint8Array.from({ length: count }, (_, index) => index % 10),
  );

/** The published file of that name. */
export function officialFile(name: string): OfficialFile {
  const file = officialFiles.find((candidate) => candidate.name === name);
  if (file === undefined) throw new Error(`no official file ${name}`);
  return file;
}

export const trainImages = officialFile('train-images-idx3-ubyte');
export const trainLabels = officialFile('train-labels-idx1-ubyte');

/** An empty directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lockstep-dataset-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
