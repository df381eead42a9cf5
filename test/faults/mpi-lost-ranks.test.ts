import { beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/shared/errors.ts';
import { mpiLaunchers } from '../support/mpi.ts';
import {
  leftForGood,
  longRuns,
  processesLeftForGood,
  rankProcess,
  resumeTo,
  savedSteps,
  skipNote,
} from '../support/mpi-run.ts';
import { readAllFiles } from '../support/run-outcome.ts';
import { temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const saveEverySteps = 7;
/** Far above it in a run that is not disturbed, on a busy machine too; a job may take so much longer to end. */
const timeoutSeconds = 2;
let runs: Awaited<ReturnType<typeof longRuns>>;

beforeAll(async () => {
  runs = await longRuns(folder, ['--checkpoint-every', `${saveEverySteps} steps`]);
});

/** Of the launcher, when a rank was killed: Open MPI's tells as a shell would, MPICH's the bare number of the signal. */
const killedCodes: Readonly<Record<string, number>> = { 'Open MPI': 128 + 9, MPICH: 9 };

describe.each(mpiLaunchers())('a rank under $name', (launcher) => {
  const { problem, name } = launcher;
  const note = skipNote(launcher);
  /**
   * Open MPI wakes a stopped rank a second before it kills it. One that wakes in an exchange whose time is over (one in forty tries)
   * tells so as well, and saves if it is rank 0.
   */
  const wakes = name === 'Open MPI';

  test.skipIf(problem !== undefined).each([
    { rank: 0, ranks: 2, resumedBy: 3 },
    { rank: 1, ranks: 3, resumedBy: 2 },
  ])(
    `that is killed (rank $rank of $ranks) ends the job, and nothing is lost${note}`,
    async ({ rank, ranks, resumedBy }) => {
      // The default deadline, which this need not wait for.
      const { run, cli } = await runs.start(launcher, ranks);
      const before = savedSteps(run);
      process.kill(rankProcess(run, rank), 'SIGKILL');
      expect(await cli.ended).toMatchObject({ exitCode: killedCodes[name], signal: null });
      expect(await processesLeftForGood(run)).toEqual([]);
      await readAllFiles(run);
      expect(savedSteps(run)).toBeGreaterThanOrEqual(before);
      await resumeTo(runs.golden, run, launcher, resumedBy);
    },
  );

  test.skipIf(problem !== undefined)(
    `that crashes ends the job at once, not after the deadline${note}`,
    async () => {
      const { run, cli } = await runs.start(launcher, 2);
      process.kill(rankProcess(run, 1), 'SIGSEGV');
      const { exitCode, stdout, stderr } = await cli.ended;
      expect(exitCode).toBe(name === 'MPICH' ? 11 : 128 + 11);
      expect(stderr).not.toContain('the other ranks did not come');
      // UCX would report it, and hang in that where the crash left a lock of the heap.
      expect(`${stdout}${stderr}`).not.toContain('Caught signal');
      expect(await processesLeftForGood(run)).toEqual([]);
    },
  );

  test.skipIf(problem !== undefined)(`that is stopped is noticed by rank 0, which saves${note}`, async () => {
    const { run, cli } = await runs.start(launcher, 2, ['--collective-timeout', String(timeoutSeconds)]);
    process.kill(rankProcess(run, 1), 'SIGSTOP');
    const { exitCode, stderr } = await cli.ended;
    expect(exitCode, stderr).toBe(exitCodes.retry);
    expect(stderr).toMatch(
      /^error: epoch \d+: the other ranks did not come .*within 2 s: one of them hangs, or the network is cut\./m,
    );
    expect(stderr.match(wakes ? /(?<!rank 1:\s+)error:/g : /error:/g)).toHaveLength(1);
    expect(stderr).toContain(`Saved; to go on: lockstep train --resume ${run}`);
    expect(stderr).not.toContain('took its place');
    expect(await leftForGood(run)).toEqual([]);
    await resumeTo(runs.golden, run, launcher, 1);
  });

  test.skipIf(problem !== undefined)(
    `that is rank 0, and stopped, is noticed by the others${note}`,
    async () => {
      const { run, cli } = await runs.start(launcher, 2, ['--collective-timeout', String(timeoutSeconds)]);
      process.kill(rankProcess(run, 0), 'SIGSTOP');
      const { exitCode, stderr } = await cli.ended;
      expect(exitCode, stderr).toBe(exitCodes.retry);
      // It keeps nothing itself.
      expect(stderr).toMatch(
        /rank 1:\s+error: .*the other ranks did not come.*\nStart the job again .*\n(?!Saved)/,
      );
      if (!wakes) expect(stderr).not.toContain('Saved');
      expect(await processesLeftForGood(run)).toEqual([]);
      await resumeTo(runs.golden, run, launcher, 2);
    },
  );
});

describe.each(mpiLaunchers())('the launcher $name', (launcher) => {
  test.skipIf(launcher.problem !== undefined)(
    `that is killed leaves no ranks behind${skipNote(launcher)}`,
    async () => {
      const { run, cli } = await runs.start(launcher, 2, ['--collective-timeout', String(timeoutSeconds)]);
      cli.process.kill('SIGKILL');
      await cli.ended;
      expect(await processesLeftForGood(run)).toEqual([]);
      await readAllFiles(run);
    },
  );
});
