import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { train } from '../../src/coordinator/trainer.ts';
import type { EpochProgress, TrainingOptions } from '../../src/coordinator/training-options.ts';
import { endCli } from '../support/cli-process.ts';
import { resumeRun } from '../support/resuming.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const holdingWorker = new URL('./holding-worker.mjs', import.meta.url);
const epochs = 3;
const stepsPerEpoch = 13;
const batchSize = 64;

let golden: Awaited<ReturnType<typeof outcomeOf>>;

beforeAll(async () => {
  const runDir = join(folder, 'golden');
  await trainToEnd(sliceConfig({ workers: 1, epochs, runDir }));
  golden = await outcomeOf(runDir);
});

afterEach(() => {
  delete process.env['HOLD_AT_STEP'];
});

/** Options that interrupt a run after exactly `steps` steps. */
function interruptedAfter(steps: number): TrainingOptions {
  process.env['HOLD_AT_STEP'] = String(steps - 1);
  const controller = new AbortController();
  // The step in which the workers wait, by its epoch and the samples of that epoch before it.
  const heldEpoch = Math.floor((steps - 1) / stepsPerEpoch) + 1;
  const samplesBefore = ((steps - 1) % stepsPerEpoch) * batchSize;
  const interruptWhenHeld = async ({ samplesDone }: EpochProgress) => {
    // At least one turn: the epoch is opened right after this call.
    do await nextTurn();
    while (samplesDone() < samplesBefore);
    controller.abort();
  };
  return {
    workerFile: holdingWorker,
    signal: controller.signal,
    listener: {
      onEpochStart: (progress) => {
        if (progress.epoch === heldEpoch) void interruptWhenHeld(progress);
      },
    },
  };
}

async function interruptedRun(name: string, steps: number, workers: number): Promise<string> {
  const run = join(folder, name);
  const { result } = await train(sliceConfig({ workers, epochs, runDir: run }), interruptedAfter(steps));
  expect(result).toBeUndefined();
  return run;
}

describe('a resumed run', () => {
  test.each([1, 2, 3, 4, 8])(
    'ends as the undisturbed one, from the middle of an epoch, with %d workers',
    async (workers) => {
      const run = await interruptedRun(`with-${workers}`, 18, 9 - workers);
      const { result, notices } = await resumeRun(run, { workers });
      expect(notices).toEqual([`${run} goes on at epoch 2, step 6.`]);
      expect(result?.weightsSha256).toBe(golden.weights);
      expect(await outcomeOf(run)).toEqual(golden);
    },
  );

  test.each([
    { steps: 1, where: 'epoch 1, step 2' },
    { steps: 12, where: 'epoch 1, step 13' },
    { steps: 13, where: 'epoch 2, step 1' },
    { steps: 14, where: 'epoch 2, step 2' },
    { steps: 38, where: 'epoch 3, step 13' },
  ])('ends as the undisturbed one, interrupted after $steps steps', async ({ steps, where }) => {
    const run = await interruptedRun(`after-${steps}`, steps, 2);
    const { notices } = await resumeRun(run);
    expect(notices).toEqual([`${run} goes on at ${where}.`]);
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test('ends as the undisturbed one after many interruptions with other numbers of workers', async () => {
    const run = await interruptedRun('chain', 3, 1);
    for (const [steps, workers] of [
      [7, 2],
      [13, 8],
      [20, 3],
      [21, 1],
      [38, 4],
    ] as const) {
      const { result } = await resumeRun(run, { workers }, interruptedAfter(steps));
      expect(result).toBeUndefined();
    }
    await resumeRun(run, { workers: 2 });
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test('goes on with curves, history and best weights as if nothing had happened', async () => {
    const run = await interruptedRun('files', 18, 2);
    expect(existsSync(join(run, 'curves.svg'))).toBe(false);
    await resumeRun(run);
    // Times aside, the picture draws from the same numbers.
    expect(readFileSync(join(run, 'curves.svg'), 'utf8')).toBe(
      readFileSync(join(folder, 'golden', 'curves.svg'), 'utf8'),
    );
  });

  test('keeps best weights from before the interruption, even where their file was lost', async () => {
    // Of these three epochs the first is the best.
    const settings = { epochs, learningRate: 0.01, seed: 4, workers: 2 };
    const undisturbed = join(folder, 'best-undisturbed');
    const { result } = await trainToEnd(sliceConfig({ ...settings, runDir: undisturbed }));
    expect(result.bestEpoch).toBe(1);
    const run = join(folder, 'best');
    await train(sliceConfig({ ...settings, runDir: run }), interruptedAfter(18));
    rmSync(join(run, 'best.safetensors'));
    await resumeRun(run);
    expect(await outcomeOf(run)).toEqual(await outcomeOf(undisturbed));
  });

  test('that was complete goes on with more epochs, and ends as the longer one', async () => {
    const short = join(folder, 'short');
    await trainToEnd(sliceConfig({ workers: 2, epochs: 1, runDir: short }));
    const first = await resumeRun(short, { epochs: 2, workers: 3 });
    expect(first.result).toBeDefined();
    await resumeRun(short, { epochs, workers: 1 });
    expect(await outcomeOf(short)).toEqual(golden);
  });

  test('that was complete and is not to go on keeps its outcome', async () => {
    const run = join(folder, 'golden');
    const outcome = await endCli(['train', '--resume', run]);
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.stderr).toContain(`is complete with ${epochs} epochs`);
    expect(outcome.stdout).toContain(golden.weights);
    expect(await outcomeOf(run)).toEqual(golden);
  });
});
