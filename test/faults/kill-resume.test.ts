import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { philox4x32 } from '../../src/shared/random.ts';
import { endCli, startCli } from '../support/cli-process.ts';
import { filesIn, leftBehind, outcomeOf, readAllFiles } from '../support/run-outcome.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const kills = Number(process.env['FAULT_ROUNDS'] ?? 20);
/** FAULT_SEED repeats the choices of an earlier run; the machine's timing adds its own. */
const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 2 ** 32);
const settings = [
  ...['--data', sliceDirectory, '--epochs', '16', '--batch-size', '32', '--micro-batch', '6'],
  ...['--checkpoint-every', '7 steps', '--keep-checkpoints', '2'],
];

/** 16 epochs of 25. */
const totalSteps = 400;

let draws = 0;
/** Uniform in [0, 1). */
function draw(): number {
  const words = new Uint32Array(4);
  philox4x32(draws++, 0, 0, 0, seed, 0, words);
  return (words[0] as number) / 2 ** 32;
}

/** What a user types whose run was killed: a folder without a configuration is none that could be resumed. */
function commandFor(run: string): string[] {
  const workers = ['--workers', String(1 + Math.floor(draw() * 8))];
  if (existsSync(join(run, 'config.yaml'))) return ['train', '--resume', run, ...workers];
  return ['train', '--run-dir', run, ...settings, ...workers];
}

/** How much of an undisturbed run's time is left to this one: a third of it is start and end. */
function shareLeft(run: string): number {
  const steps = filesIn(run).map((path) => Number(/step-(\d+)\.safetensors$/.exec(path)?.[1] ?? 0));
  return 1 - (2 / 3) * (Math.max(0, ...steps) / totalSteps);
}

describe(`kill -9 of the whole process at ${kills} random moments`, () => {
  test(
    `ends at the golden hash, whatever number of workers resumes (seed ${seed})`,
    async () => {
      const golden = join(folder, 'golden');
      const began = performance.now();
      const undisturbed = ['train', '--run-dir', golden, ...settings, '--workers', '1'];
      expect(await endCli(undisturbed)).toMatchObject({ exitCode: 0 });
      const wholeMilliseconds = performance.now() - began;
      const expected = await outcomeOf(golden);

      const seen = { kills: 0, withoutFolder: 0, withoutCheckpoint: 0, withTemporaryFile: 0, runs: 0 };
      for (let run = join(folder, 'run-0'); seen.kills < kills; run = join(folder, `run-${seen.runs}`)) {
        for (;;) {
          // The last ones are left to finish.
          const wait = seen.kills < kills ? draw() * shareLeft(run) * wholeMilliseconds : undefined;
          const cli = startCli(commandFor(run));
          const timer = wait === undefined ? undefined : setTimeout(() => cli.process.kill('SIGKILL'), wait);
          const { exitCode, signal, stderr } = await cli.ended;
          clearTimeout(timer);
          if (signal === null) {
            expect(stderr, stderr).not.toContain('error:');
            expect(exitCode).toBe(0);
            break;
          }
          seen.kills++;
          const files = filesIn(run);
          if (!existsSync(run)) seen.withoutFolder++;
          else if (!files.some((path) => path.includes('/step-'))) seen.withoutCheckpoint++;
          if (files.some((path) => path.endsWith('.tmp'))) seen.withTemporaryFile++;
          await readAllFiles(run);
        }
        seen.runs++;
        expect(await outcomeOf(run)).toEqual(expected);
        expect(leftBehind(run)).toEqual([]);
      }
      const seconds = (performance.now() - began) / 1000;
      console.log(`seed ${seed}, ${JSON.stringify(seen)}, ${seconds.toFixed(0)} s`);
    },
    60_000 + kills * 10_000,
  );
});
