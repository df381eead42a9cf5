import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CliProcess } from '../support/cli-process.ts';
import { type MpiLauncher, mpiLaunchers } from '../support/mpi.ts';
import {
  leftForGood,
  rankProcess,
  resumeTo,
  savedSteps,
  skipNote,
  sliceSettings,
  startRanks,
  trainAlone,
} from '../support/mpi-run.ts';
import type { outcomeOf } from '../support/run-outcome.ts';
import { temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
/** A run goes through some of them before a signal reaches it; it would go on for longer than any test. */
const goldenEpochs = 100;
/** Only what is saved because of a signal is saved before the end of an epoch. */
const settings = [...sliceSettings, '--epochs', '100000', '--workers', '1'];
const stepsPerEpoch = 13;
let golden: Awaited<ReturnType<typeof outcomeOf>>;
let runs = 0;

beforeAll(async () => {
  golden = await trainAlone(join(folder, 'golden'), goldenEpochs);
});

async function startRun(launcher: MpiLauncher, ranks: number, more: readonly string[] = []) {
  const run = join(folder, `run-${runs++}`);
  const cli = startRanks(launcher, ranks, ['--run-dir', run, ...settings, ...more]);
  await cli.untilOutput('epoch      2/');
  return { run, cli };
}

/** To whom the signal is sent. */
function target(name: 'launcher' | 1, cli: CliProcess, run: string): number {
  return name === 'launcher' ? (cli.process.pid as number) : rankProcess(run, name);
}

describe.each(mpiLaunchers())('SIGUSR1 under $name', (launcher) => {
  test.skipIf(launcher.problem !== undefined).each([
    { to: 'launcher', resumedBy: 3 },
    { to: 1, resumedBy: 1 },
  ] as const)(
    `to $to is saved by all ranks at one step, and the run goes on with $resumedBy${skipNote(launcher)}`,
    async ({ to, resumedBy }) => {
      const { run, cli } = await startRun(launcher, 2);
      process.kill(target(to, cli, run), 'SIGUSR1');
      const { exitCode, stdout, stderr } = await cli.ended;
      expect(exitCode, stderr).toBe(0);
      expect(stdout.match(/stopped and saved; to go on: {2}(npx )?lockstep train --resume/g)).toHaveLength(1);
      expect(stderr).not.toContain('error:');
      expect(await leftForGood(run)).toEqual([]);
      expect(existsSync(join(run, 'result.json'))).toBe(false);
      expect(savedSteps(run)).toBeGreaterThanOrEqual(stepsPerEpoch * 2);
      await resumeTo(golden, run, launcher, resumedBy);
    },
  );
});

describe.each(mpiLaunchers())('SIGTERM under $name', (launcher) => {
  test.skipIf(launcher.problem !== undefined)(
    `to the launcher is saved before its SIGKILL${skipNote(launcher)}`,
    async () => {
      const { run, cli } = await startRun(launcher, 2);
      cli.process.kill('SIGTERM');
      const { exitCode, signal, stdout, stderr } = await cli.ended;
      // Each rank ends with 143. Open MPI's launcher tells of the signal in its own way; MPICH's kills the rank that ends last, and then
      // tells of the one, of the other, or of neither.
      expect(launcher.name === 'MPICH' ? [143, 9, 0] : [1]).toContain(exitCode);
      expect(signal).toBeNull();
      expect(stdout, stderr).toContain('stopped and saved');
      expect(await leftForGood(run)).toEqual([]);
      await resumeTo(golden, run, launcher, 2);
    },
  );

  test.skipIf(launcher.problem !== undefined)(
    `to one rank ends the job, saved${skipNote(launcher)}`,
    async () => {
      const { run, cli } = await startRun(launcher, 2);
      process.kill(rankProcess(run, 1), 'SIGTERM');
      const { exitCode, stdout, stderr } = await cli.ended;
      expect(launcher.name === 'MPICH' ? [143, 9] : [143], stderr).toContain(exitCode);
      expect(stdout).toContain('stopped and saved');
      expect(await leftForGood(run)).toEqual([]);
    },
  );
});
