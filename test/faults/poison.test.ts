import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writeWeights } from '../../src/coordinator/weights-file.ts';
import { DataError, RunError } from '../../src/shared/errors.ts';
import { initialParameters } from '../../src/shared/initial-parameters.ts';
import { fingerprint, resumeRun } from '../support/resuming.ts';
import { outcomeOf, readAllFiles } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const poisonousWorker = new URL('./poisonous-worker.mjs', import.meta.url);
/** 13 steps an epoch, of six micro-shards each but the last, which has three. */
const settings = { checkpointEvery: '3 steps', keepCheckpoints: 100 };

let golden: Awaited<ReturnType<typeof outcomeOf>>;

beforeAll(async () => {
  const runDir = join(folder, 'golden');
  await trainToEnd(sliceConfig({ ...settings, runDir }));
  golden = await outcomeOf(runDir);
});

afterEach(() => {
  delete process.env['POISON'];
});

interface Poison {
  kind: 'loss' | 'gradient' | 'evaluation';
  globalStep: number;
  shard: number;
  value: 'NaN' | 'Infinity' | '-Infinity';
}

function trainPoisoned(runDir: string, poison: Poison, workers: number) {
  process.env['POISON'] = JSON.stringify(poison);
  return trainToEnd(sliceConfig({ ...settings, workers, runDir }), { workerFile: poisonousWorker });
}

function checkpointsOf(run: string): string[] {
  return readdirSync(join(run, 'checkpoints')).sort();
}

const names = (...steps: number[]) =>
  steps.map((step) => `step-${String(step).padStart(9, '0')}.safetensors`);

describe('a number that is none', () => {
  test.each([
    {
      poison: { kind: 'loss', globalStep: 17, shard: 3, value: 'NaN' },
      message:
        'epoch 2: the loss of micro-shard 4 of 6 is not finite in step 5 of the epoch; the step was not taken.',
      saved: [3, 6, 9, 12, 15],
    },
    {
      poison: { kind: 'loss', globalStep: 0, shard: 0, value: 'Infinity' },
      message:
        'epoch 1: the loss of micro-shard 1 of 6 is not finite in step 1 of the epoch; the step was not taken.',
      saved: [],
    },
    {
      poison: { kind: 'gradient', globalStep: 17, shard: 5, value: 'NaN' },
      message:
        'epoch 2: the gradient of micro-shard 6 of 6 is not finite in step 5 of the epoch; the step was not taken.',
      saved: [3, 6, 9, 12, 15],
    },
    {
      poison: { kind: 'gradient', globalStep: 12, shard: 2, value: '-Infinity' },
      message:
        'epoch 1: the gradient of micro-shard 3 of 3 is not finite in step 13 of the epoch; the step was not taken.',
      saved: [3, 6, 9, 12],
    },
    {
      poison: { kind: 'gradient', globalStep: 15, shard: 0, value: 'Infinity' },
      message:
        'epoch 2: the gradient of micro-shard 1 of 6 is not finite in step 3 of the epoch; the step was not taken.',
      saved: [3, 6, 9, 12, 15],
    },
  ] as { poison: Poison; message: string; saved: number[] }[])(
    'stops the run before the update, and a resume without it ends as if nothing had happened: $poison.kind $poison.value in step $poison.globalStep',
    async ({ poison, message, saved }) => {
      for (const workers of [1, 3]) {
        const run = join(folder, `${Object.values(poison).join('-')}-${workers}`);
        const error = await trainPoisoned(run, poison, workers).catch((error: unknown) => error);
        expect(error).toBeInstanceOf(RunError);
        expect((error as RunError).message).toBe(message);
        // What was saved is from before the poison, none was added for it, and all are sound.
        expect(existsSync(join(run, 'checkpoints')) ? checkpointsOf(run) : []).toEqual(names(...saved));
        await readAllFiles(run);

        await resumeRun(run, { workers: 2 });
        expect(await outcomeOf(run)).toEqual(golden);
      }
    },
  );

  test('again after a resume stops it again, and overwrites nothing', async () => {
    const run = join(folder, 'again');
    const poison = { kind: 'gradient', globalStep: 17, shard: 1, value: 'NaN' } as const;
    await expect(trainPoisoned(run, poison, 2)).rejects.toThrow(RunError);
    const { 'config.yaml': _, ...untouched } = fingerprint(run);
    process.env['POISON'] = JSON.stringify(poison);
    await expect(resumeRun(run, {}, { workerFile: poisonousWorker })).rejects.toThrow(
      'epoch 2: the gradient of micro-shard 2 of 6 is not finite in step 5',
    );
    const { 'config.yaml': __, ...after } = fingerprint(run);
    expect(after).toEqual(untouched);
  });

  test('in a validation stops the run before the history takes it', async () => {
    const run = join(folder, 'validation');
    const poison = { kind: 'evaluation', globalStep: 26, shard: 16, value: 'NaN' } as const;
    await expect(trainPoisoned(run, poison, 2)).rejects.toThrow(
      'epoch 2: the validation loss is not finite.',
    );
    expect(readdirSync(join(run, 'checkpoints'))).not.toContain('step-000000026.safetensors');
    await readAllFiles(run);
    await resumeRun(run);
    expect(await outcomeOf(run)).toEqual(golden);
  });
});

describe('initial weights', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'of which one is %d are refused before the first step, with its name',
    async (value) => {
      const parameters = initialParameters(0);
      parameters[6 * 25 + 2] = value;
      const init = join(folder, 'poisoned.safetensors');
      await writeWeights(init, parameters, {});
      const run = join(folder, `init-${value}`);
      const error = await trainToEnd(sliceConfig({ init, runDir: run })).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).message).toBe(
        `${init}: conv1.bias[2] is ${value}, expected a finite number.`,
      );
      expect(existsSync(run)).toBe(false);
    },
  );

  test('that are finite but explode stop the first step, named with its micro-shard', async () => {
    const init = join(folder, 'huge.safetensors');
    await writeWeights(init, new Float32Array(61_706).fill(1e38), {});
    const run = join(folder, 'huge');
    await expect(trainToEnd(sliceConfig({ init, runDir: run }))).rejects.toThrow(
      'epoch 1: the loss of micro-shard 1 of 6 is not finite in step 1 of the epoch; the step was not taken.',
    );
    expect(Object.keys(fingerprint(run))).toEqual(['config.yaml']);
  });
});
