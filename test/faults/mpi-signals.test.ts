import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CliProcess } from '../support/cli-process.ts';
import { mpiLaunchers } from '../support/mpi.ts';
import {
  leftForGood,
  longRuns,
  rankProcess,
  resumeTo,
  savedSteps,
  skipNote,
  sliceSettings,
  startRanks,
} from '../support/mpi-run.ts';
import { temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const stepsPerEpoch = 13;
/** Only what is saved because of a signal is saved before the end of an epoch. */
let runs: Awaited<ReturnType<typeof longRuns>>;

beforeAll(async () => {
  runs = await longRuns(folder);
});

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
      const { run, cli } = await runs.start(launcher, 2);
      process.kill(target(to, cli, run), 'SIGUSR1');
      const { exitCode, stdout, stderr } = await cli.ended;
      expect(exitCode, stderr).toBe(0);
      expect(stdout.match(/stopped and saved; to go on: {2}(npx )?lockstep train --resume/g)).toHaveLength(1);
      expect(stderr).not.toContain('error:');
      expect(await leftForGood(run)).toEqual([]);
      expect(existsSync(join(run, 'result.json'))).toBe(false);
      expect(savedSteps(run)).toBeGreaterThanOrEqual(stepsPerEpoch * 2);
      await resumeTo(runs.golden, run, launcher, resumedBy);
    },
  );
});

describe.each(mpiLaunchers())('SIGUSR1 before the first step under $name', (launcher) => {
  test.skipIf(launcher.problem !== undefined).each(['0', '1', undefined])(
    `is agreed on in that step: to rank %s${skipNote(launcher)}`,
    async (rank) => {
      const run = join(folder, `early-${launcher.name}-${rank}`);
      const args = ['--run-dir', run, ...sliceSettings, '--epochs', '100000', '--workers', '1'];
      const { exitCode, stdout, stderr } = await startRanks(launcher, 2, args, {
        nodeArguments: ['--import', new URL('signal-at-start.mjs', import.meta.url).href],
        environment: {
          FAULT_SIGNAL: 'SIGUSR1',
          FAULT_SIGNAL_TIMES: '1',
          ...(rank === undefined ? {} : { FAULT_RANK: rank }),
        },
      }).ended;
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain('stopped and saved');
      expect(stdout).not.toContain('nothing was written');
      expect(savedSteps(run)).toBe(1);
      await resumeTo(runs.golden, run, launcher, 2);
    },
  );
});

describe.each(mpiLaunchers())('SIGTERM under $name', (launcher) => {
  test.skipIf(launcher.problem !== undefined)(
    `to the launcher is saved before its SIGKILL${skipNote(launcher)}`,
    async () => {
      const { run, cli } = await runs.start(launcher, 2);
      cli.process.kill('SIGTERM');
      const { exitCode, signal, stdout, stderr } = await cli.ended;
      // Each rank ends with 143. Open MPI's launcher tells of the signal in its own way; MPICH's kills the rank that ends last, and then
      // tells of the one, of the other, or of neither.
      expect(launcher.name === 'MPICH' ? [143, 9, 0] : [1]).toContain(exitCode);
      expect(signal).toBeNull();
      expect(stdout, stderr).toContain('stopped and saved');
      expect(await leftForGood(run)).toEqual([]);
      await resumeTo(runs.golden, run, launcher, 2);
    },
  );

  test.skipIf(launcher.problem !== undefined)(
    `to one rank ends the job, saved${skipNote(launcher)}`,
    async () => {
      const { run, cli } = await runs.start(launcher, 2);
      process.kill(rankProcess(run, 1), 'SIGTERM');
      const { exitCode, stdout, stderr } = await cli.ended;
      expect(launcher.name === 'MPICH' ? [143, 9] : [143], stderr).toContain(exitCode);
      expect(stdout).toContain('stopped and saved');
      expect(await leftForGood(run)).toEqual([]);
    },
  );
});
