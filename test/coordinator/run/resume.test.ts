import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Checkpoint } from '../../../src/coordinator/checkpoint/checkpoint.ts';
import { encodeCheckpoint } from '../../../src/coordinator/checkpoint/checkpoint-file.ts';
import { readSettings } from '../../../src/coordinator/config/config-sources.ts';
import { hashKernels } from '../../../src/coordinator/kernels.ts';
import { openRunToResume } from '../../../src/coordinator/run/resume.ts';
import { writeRunConfig } from '../../../src/coordinator/run/run-directory.ts';
import { lockRunDirectory } from '../../../src/coordinator/run/run-lock.ts';
import { ConfigError, DataError } from '../../../src/shared/errors.ts';
import { exampleCheckpoint } from '../../support/example-checkpoint.ts';
import { fingerprint } from '../../support/resuming.ts';
import { temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();

/** A run's folder with checkpoints after so many steps, of 10 an epoch and 1,000 in all. */
async function runWith(...steps: number[]): Promise<string> {
  const run = mkdtempSync(join(folder, 'run-'));
  await writeRunConfig(run, exampleCheckpoint(0).config);
  mkdirSync(join(run, 'checkpoints'));
  for (const step of steps) save(run, exampleCheckpoint(step));
  return run;
}

function save(run: string, checkpoint: Checkpoint): void {
  const name = `step-${String(checkpoint.cursor.globalStep).padStart(9, '0')}.safetensors`;
  writeFileSync(join(run, 'checkpoints', name), encodeCheckpoint(checkpoint));
}

/** A run whose one checkpoint, after so many steps, names these kernels. */
async function runWithKernels(kernelsSha256: string | undefined, step = 12): Promise<string> {
  const run = await runWith();
  save(run, { ...exampleCheckpoint(step), kernelsSha256 });
  return run;
}

/** Opens the run, and gives it free again. */
async function open(run: string, settings: Record<string, unknown> = {}) {
  const notices: string[] = [];
  const resumed = await openRunToResume(run, [readSettings(settings, 'a test')], (text) => {
    notices.push(text);
  });
  await resumed.lock.release();
  return { ...resumed, notices };
}

describe('openRunToResume', () => {
  test('goes on with the settings of the newest checkpoint', async () => {
    const run = await runWith(12, 27);
    const { config, checkpoint, notices } = await open(run);
    expect(config).toEqual({ ...exampleCheckpoint(27).config, runDir: run });
    expect(checkpoint?.cursor).toEqual({ epoch: 3, step: 7, globalStep: 27 });
    expect(notices).toEqual([`${run} goes on at epoch 3, step 8.`]);
  });

  test('lets those settings change that do not change the result', async () => {
    const changes = {
      workers: 5,
      epochs: 200,
      data: '/elsewhere',
      workerTimeout: 3,
      maxWorkerRestarts: 0,
      checkpointEvery: '7 steps',
      keepCheckpoints: 1,
    };
    const run = await runWith(12);
    expect((await open(run, changes)).config).toEqual({
      ...exampleCheckpoint(12).config,
      ...changes,
      runDir: run,
    });
  });

  test('does not take the place of another run from --run-dir', async () => {
    const run = await runWith(12);
    expect((await open(run, { runDir: '/elsewhere' })).config.runDir).toBe(run);
  });

  test('names all settings that would change the result, with both values, and frees the folder', async () => {
    const run = await runWith(12);
    const untouched = fingerprint(run);
    const error = await open(run, { seed: 8, microBatch: 4, workers: 3 }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems).toEqual([
      'microBatch: the run has 8, got 4.',
      'seed: the run has 7, got 8.',
    ]);
    expect(fingerprint(run)).toEqual(untouched);
    await (await lockRunDirectory(run)).release();
  });

  test.each([
    { steps: 27, epochs: 2, problem: 'epochs must be at least 3, which the run has begun, got 2.' },
    { steps: 20, epochs: 1, problem: 'epochs must be at least 2, which the run has begun, got 1.' },
  ])('refuses $epochs epochs after $steps steps', async ({ steps, epochs, problem }) => {
    await expect(open(await runWith(steps), { epochs })).rejects.toThrow(problem);
  });

  test.each([
    { steps: 27, epochs: 3 },
    { steps: 20, epochs: 2 },
  ])('takes $epochs epochs after $steps steps', async ({ steps, epochs }) => {
    expect((await open(await runWith(steps), { epochs })).config.epochs).toBe(epochs);
  });

  test('says that the kernels are not those of the run, whose bits may be others', async () => {
    const run = await runWithKernels('c'.repeat(64));
    const { notices } = await open(run);
    expect(notices).toEqual([
      `${run} goes on at epoch 2, step 3.`,
      expect.stringMatching(
        /^the run was begun with other kernels \(SHA-256 cccccccc…, these are [0-9a-f]{8}…\)/,
      ),
    ]);
  });

  test('says nothing of the same kernels, and of unknown ones', async () => {
    for (const run of [await runWithKernels(await hashKernels()), await runWithKernels(undefined)])
      expect((await open(run)).notices).toEqual([`${run} goes on at epoch 2, step 3.`]);
  });

  test('says nothing of the kernels where nothing is left to train', async () => {
    const run = await runWithKernels('c'.repeat(64), 1000);
    expect((await open(run)).notices).toEqual([expect.stringContaining('is complete with 100 epochs')]);
    expect((await open(run, { epochs: 101 })).notices).toHaveLength(2);
  });

  test('says that a complete run is complete', async () => {
    const run = await runWith(1000);
    expect((await open(run)).notices).toEqual([
      `${run} is complete with 100 epochs; a higher --epochs lets it go on.`,
    ]);
  });

  test('begins anew, with the settings of config.yaml, where there was no checkpoint yet', async () => {
    const run = await runWith();
    const { checkpoint, config, notices } = await open(run, { workers: 4 });
    expect(checkpoint).toBeUndefined();
    expect(config).toEqual({ ...exampleCheckpoint(0).config, workers: 4, runDir: run });
    expect(notices).toEqual([`${run} has no checkpoint yet: the run begins at its first step.`]);
    await expect(open(run, { seed: 1 })).rejects.toThrow('seed: the run has 7, got 1.');
  });

  test('does not begin anew where finished epochs tell that checkpoints were lost', async () => {
    const run = await runWith();
    writeFileSync(join(run, 'history.csv'), 'epoch\n');
    await expect(open(run)).rejects.toThrow('has finished epochs, but none of its checkpoints is there.');
  });

  test('refuses a folder that is no run, or not there', async () => {
    const run = await runWith(12);
    rmSync(join(run, 'config.yaml'));
    await expect(open(run)).rejects.toThrow(DataError);
    await expect(open(run)).rejects.toThrow(`${run} is no run folder: it has no config.yaml.`);
    await expect(open(join(folder, 'nowhere'))).rejects.toThrow('is no run folder');
  });

  test('removes what an interrupted write left', async () => {
    const run = await runWith(12);
    writeFileSync(join(run, '.history.csv.0123456789ab.tmp'), 'half');
    writeFileSync(join(run, 'checkpoints', '.step-000000013.safetensors.0123456789ab.tmp'), 'half');
    await open(run);
    expect(Object.keys(fingerprint(run))).toEqual(['checkpoints/step-000000012.safetensors', 'config.yaml']);
  });

  test('writes no new config.yaml before the data set is known to be the same', async () => {
    const run = await runWith(12);
    await open(run, { epochs: 200 });
    expect(parse(readFileSync(join(run, 'config.yaml'), 'utf8'))).toMatchObject({ epochs: 100 });
  });
});
