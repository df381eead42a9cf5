import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeCheckpoint } from '../../../src/coordinator/checkpoint/checkpoint-file.ts';
import { CheckpointStore } from '../../../src/coordinator/checkpoint/checkpoint-store.ts';
import { DataError, RunError } from '../../../src/shared/errors.ts';
import { exampleCheckpoint } from '../../support/example-checkpoint.ts';
import { temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();

function newStore(keep: number) {
  const run = mkdtempSync(join(folder, 'run-'));
  const store = new CheckpointStore(run, keep);
  const checkpoints = join(run, 'checkpoints');
  return {
    store,
    checkpoints,
    path: (step: number) => join(checkpoints, `step-${String(step).padStart(9, '0')}.safetensors`),
    save: (step: number) => store.save(encodeCheckpoint(exampleCheckpoint(step)), step),
    steps: () =>
      readdirSync(checkpoints).map((name) => Number(/^step-(\d{9})\.safetensors$/.exec(name)?.[1])),
  };
}

describe('CheckpointStore', () => {
  test('finds nothing where nothing was saved', async () => {
    expect(await newStore(3).store.newest()).toBeUndefined();
  });

  test('finds the one of the latest step, whenever it was written', async () => {
    const { store, save, path } = newStore(9);
    for (const step of [12, 9, 100, 11]) await save(step);
    expect(await store.newest()).toMatchObject({
      path: path(100),
      damaged: [],
      checkpoint: { cursor: { globalStep: 100 } },
    });
  });

  test.each([1, 2, 3])('keeps %d, the newest ones', async (keep) => {
    const { save, steps } = newStore(keep);
    for (const step of [5, 10, 15, 20, 25]) await save(step);
    expect(steps().sort((a, b) => a - b)).toEqual([5, 10, 15, 20, 25].slice(-keep));
  });

  test('keeps the one just written, even where later ones lie beside it', async () => {
    const { save, steps } = newStore(2);
    for (const step of [30, 31, 4]) await save(step);
    expect(steps().sort((a, b) => a - b)).toEqual([4, 31]);
  });

  test('writes over the one of the same step: a resume that is interrupted before its first step', async () => {
    const { store, save, steps } = newStore(2);
    await save(5);
    await save(5);
    expect(steps()).toEqual([5]);
    expect((await store.newest())?.checkpoint.cursor.globalStep).toBe(5);
  });

  test('tells of every damaged one that is newer than the one taken, and sets them aside when asked to', async () => {
    const { store, save, path, checkpoints } = newStore(9);
    for (const step of [5, 6, 7, 8]) await save(step);
    writeFileSync(path(7), 'hello');
    writeFileSync(path(8), readFileSync(path(8)).fill(0, 3000, 3100));
    const found = await store.newest();
    expect(found?.path).toBe(path(6));
    expect(found?.damaged).toEqual([
      { path: path(8), problem: expect.stringContaining(`${path(8)}: `) },
      { path: path(7), problem: expect.stringContaining(`${path(7)}: `) },
    ]);
    expect(readdirSync(checkpoints)).toHaveLength(4);
    await store.setAside(found?.damaged ?? []);
    expect(readdirSync(checkpoints).sort()).toEqual([
      'step-000000005.safetensors',
      'step-000000006.safetensors',
      'step-000000007.safetensors.damaged',
      'step-000000008.safetensors.damaged',
    ]);
    expect((await store.newest())?.damaged).toEqual([]);
  });

  test('says that none is whole where all are damaged, and leaves them', async () => {
    const { store, save, path, steps } = newStore(9);
    for (const step of [5, 6]) {
      await save(step);
      writeFileSync(path(step), '');
    }
    await expect(store.newest()).rejects.toThrow(DataError);
    await expect(store.newest()).rejects.toThrow(
      /^no checkpoint in .* is whole: .*step-000000006.* .*step-000000005/,
    );
    expect(steps().sort()).toEqual([5, 6]);
  });

  test('does not count or remove what is not a checkpoint of its own', async () => {
    const { save, checkpoints, path } = newStore(1);
    await save(5);
    for (const name of [
      'notes.txt',
      'step-5.safetensors',
      'step-000000001.safetensors.damaged',
      'copy-step-000000002.safetensors',
    ])
      writeFileSync(join(checkpoints, name), '');
    await save(6);
    expect(existsSync(path(5))).toBe(false);
    expect(readdirSync(checkpoints)).toHaveLength(5);
  });

  test('removes what an interrupted write left, and nothing else', async () => {
    const { store, save, checkpoints } = newStore(3);
    await save(5);
    writeFileSync(join(checkpoints, '.step-000000006.safetensors.0123456789ab.tmp'), 'half');
    writeFileSync(join(checkpoints, 'mine.tmp'), '');
    await store.removeTemporaryFiles();
    expect(readdirSync(checkpoints).sort()).toEqual(['mine.tmp', 'step-000000005.safetensors']);
  });

  test('removes nothing when it cannot write', async () => {
    const { store, save, checkpoints, path, steps } = newStore(1);
    await save(5);
    mkdirSync(path(6));
    await expect(save(6)).rejects.toThrow(RunError);
    expect(steps().sort()).toEqual([5, 6]);
    expect(readdirSync(checkpoints).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    // A folder of that name is no checkpoint, and no reason to give up.
    expect((await store.newest())?.path).toBe(path(5));
  });
});
