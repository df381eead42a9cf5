import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
} from '../../src/coordinator/checkpoint/checkpoint-file.ts';
import { CheckpointStore } from '../../src/coordinator/checkpoint/checkpoint-store.ts';
import { decodeSafetensors } from '../../src/coordinator/safetensors/reader.ts';
import { DataError } from '../../src/shared/errors.ts';
import { endCli } from '../support/cli-process.ts';
import { fingerprint, resumeRun } from '../support/resuming.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
/** A run that ended in step 8 of epoch 2, with checkpoints after 5, 10, 15 and 20 steps. */
const interrupted = join(folder, 'interrupted');
const newest = 'checkpoints/step-000000020.safetensors';
const before = 'checkpoints/step-000000015.safetensors';

let golden: Awaited<ReturnType<typeof outcomeOf>>;
/** The newest checkpoint, with padding behind its header. */
let whole: Uint8Array;
let headerEnd: number;

beforeAll(async () => {
  const undisturbed = join(folder, 'golden');
  const settings = { checkpointEvery: '5 steps', keepCheckpoints: 100 };
  await trainToEnd(sliceConfig({ ...settings, workers: 1, runDir: undisturbed }));
  golden = await outcomeOf(undisturbed);
  cpSync(undisturbed, interrupted, { recursive: true });
  for (const step of ['25', '26']) rmSync(join(interrupted, `checkpoints/step-0000000${step}.safetensors`));
  rmSync(join(interrupted, 'result.json'));
  whole = await withPadding(join(interrupted, newest));
  headerEnd = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));
  writeFileSync(join(interrupted, newest), whole);
});

/** The header is padded to a multiple of 8 bytes; how long it is depends on the digits of the times. */
async function withPadding(path: string): Promise<Uint8Array> {
  const checkpoint = await readCheckpoint(path);
  for (let seconds = 1; ; seconds *= 10) {
    const bytes = encodeCheckpoint({ ...checkpoint, totals: { ...checkpoint.totals, seconds } });
    const end = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    if (bytes[end - 1] === 0x20) return bytes;
  }
}

let copies = 0;
/** A copy of the interrupted run whose newest checkpoint holds these bytes. */
function runWith(bytes: Uint8Array): string {
  const run = join(folder, `run-${copies++}`);
  cpSync(interrupted, run, { recursive: true });
  writeFileSync(join(run, newest), bytes);
  return run;
}

/** Damages the newest checkpoint, and shows that the one before is taken and the damaged one named and set aside. */
async function expectSetAside(bytes: Uint8Array): Promise<void> {
  const run = runWith(bytes);
  const store = new CheckpointStore(run, 3);
  const found = await store.newest();
  expect(found?.path).toBe(join(run, before));
  expect(found?.checkpoint.cursor).toEqual({ epoch: 2, step: 2, globalStep: 15 });
  expect(found?.damaged).toEqual([
    { path: join(run, newest), problem: expect.stringContaining(join(run, newest)) },
  ]);
  await store.setAside(found?.damaged ?? []);
  expect(existsSync(join(run, newest))).toBe(false);
  expect(readFileSync(join(run, `${newest}.damaged`)).equals(bytes)).toBe(true);
  rmSync(run, { recursive: true });
}

function flip(position: number, bit = 0): Uint8Array {
  const bytes = whole.slice();
  bytes[position] = (bytes[position] as number) ^ (1 << bit);
  return bytes;
}

describe('a newest checkpoint that is', () => {
  test('whole is taken', async () => {
    const found = await new CheckpointStore(interrupted, 3).newest();
    expect(found).toMatchObject({ path: join(interrupted, newest), damaged: [] });
  });

  test('cut off, at every kind of place, is set aside for the one before', async () => {
    const tensors = [...decodeSafetensors(whole, 'a').tensors.values()];
    const inTensors = tensors.map(({ bytes }) => bytes.byteOffset + Math.floor(bytes.length / 2));
    const lengths = [0, 1, 7, 8, 9, headerEnd >> 1, headerEnd - 1, headerEnd, headerEnd + 1, ...inTensors];
    for (const length of [...lengths, whole.length - 4, whole.length - 1]) {
      await expectSetAside(whole.subarray(0, length));
    }
  });

  test('longer than it was is set aside for the one before', async () => {
    for (const extra of [1, 4, 4096]) await expectSetAside(Buffer.concat([whole, new Uint8Array(extra)]));
  });

  test('of the right length, but all zeros where the disk lost its pages, is set aside for the one before', async () => {
    await expectSetAside(new Uint8Array(whole.length));
    await expectSetAside(whole.slice().fill(0, whole.length - 4096));
  });

  test('changed by a bit in the length, a name, a value or the padding of the header is set aside', async () => {
    const text = new TextDecoder('latin1').decode(whole.subarray(0, headerEnd));
    const words = [...text.slice(8).matchAll(/[\w.]+/g)].map(
      (word) => 8 + word.index + (word[0].length >> 1),
    );
    // Each name and value of the metadata is among them, and each tensor's name, type, shape and offsets.
    expect(words.length).toBeGreaterThan(400);
    for (const name of [
      'sha256',
      'format',
      'format_version',
      'config',
      'cursor',
      'totals',
      'dataset',
      'history',
    ])
      expect(text).toContain(`"${name}":"`);
    for (const position of [0, 1, 2, 3, 4, 5, 6, 7, ...words, headerEnd - 1]) {
      expect(() => decodeCheckpoint(flip(position), 'the file')).toThrow(DataError);
    }
    for (const position of [0, 7, ...words.slice(0, 12), headerEnd - 1]) await expectSetAside(flip(position));
  });

  test('changed by a bit in any tensor is set aside', async () => {
    const { tensors } = decodeSafetensors(whole, 'a');
    // Parameters, both moments and the best weights, ten tensors each.
    expect(tensors.size).toBe(40);
    for (const { bytes } of tensors.values())
      await expectSetAside(flip(bytes.byteOffset + bytes.length - 1, 6));
  });

  test('changed by any bit anywhere is named, and never loaded', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (position, bit) => {
        expect(() => decodeCheckpoint(flip(position, bit), 'the file')).toThrow(/^the file: /);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    { what: 'cut off', damage: () => whole.subarray(0, whole.length - 1) },
    { what: 'empty', damage: () => new Uint8Array(0) },
    { what: 'changed by a bit', damage: () => flip(whole.length - 1) },
  ])('$what is named, and the resumed run ends as if nothing had happened', async ({ damage }) => {
    const run = runWith(damage());
    const { notices } = await resumeRun(run, { workers: 2 });
    expect(notices[0]).toMatch(/step-000000020\.safetensors: .* The checkpoint before it is taken\.$/);
    expect(notices[1]).toMatch(/ goes on at epoch 2, step 3\.$/);
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test('named for another step than it holds is set aside: it would be the newest for ever', async () => {
    const run = runWith(whole);
    cpSync(join(run, before), join(run, 'checkpoints/step-000000999.safetensors'));
    const found = await new CheckpointStore(run, 3).newest();
    expect(found?.path).toBe(join(run, newest));
    expect(found?.damaged.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('should be called step-000000015.safetensors'),
    ]);
  });
});

describe('checkpoints that are all damaged', () => {
  test('refuse the resume with exit code 3, and leave the folder as it was', async () => {
    const run = join(folder, 'all-damaged');
    cpSync(interrupted, run, { recursive: true });
    for (const step of ['05', '10', '15', '20']) {
      const path = join(run, `checkpoints/step-0000000${step}.safetensors`);
      writeFileSync(path, readFileSync(path).subarray(0, -1));
    }
    const untouched = fingerprint(run);
    const outcome = await endCli(['train', '--resume', run]);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.stderr).toContain(`no checkpoint in ${join(run, 'checkpoints')} is whole: `);
    for (const step of ['05', '10', '15', '20']) expect(outcome.stderr).toContain(`step-0000000${step}`);
    expect(outcome.stdout).toBe('');
    expect(fingerprint(run)).toEqual(untouched);
  });

  test('and gone, where epochs were finished, refuse it too', async () => {
    const run = join(folder, 'no-checkpoints');
    cpSync(interrupted, run, { recursive: true });
    rmSync(join(run, 'checkpoints'), { recursive: true });
    const untouched = fingerprint(run);
    const outcome = await endCli(['train', '--resume', run]);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.stderr).toContain('has finished epochs, but none of its checkpoints is there');
    expect(fingerprint(run)).toEqual(untouched);
  });
});
