import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { exitCodes } from '../../src/shared/errors.ts';
import { type MpiLauncher, mpiLaunchers } from '../support/mpi.ts';
import { hostsProblem, TwoHosts } from '../support/mpi-hosts.ts';
import {
  leftForGood,
  longRuns,
  rankProcess,
  resumeTo,
  skipNote,
  sliceSettings,
  startRanks,
} from '../support/mpi-run.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const timeoutSeconds = 3;
/** Once no rank runs any more: far above the time after which TCP gives up a connection between these hosts. */
const launcherPatienceMilliseconds = 20_000;
let runs: Awaited<ReturnType<typeof longRuns>>;
/** Undefined, and the reason, where they cannot be made. */
let hosts: TwoHosts | undefined;
let problem = hostsProblem();

beforeAll(async () => {
  runs = await longRuns(folder, ['--collective-timeout', String(timeoutSeconds)]);
  if (problem !== undefined) return;
  try {
    hosts = await TwoHosts.create(folder);
  } catch (error) {
    problem = `no network namespaces: ${error instanceof Error ? error.message.trim() : error}`;
  }
});

afterAll(() => hosts?.remove());

function hostsFor(name: string, context: TestContext): { pair: TwoHosts; launcher: MpiLauncher } {
  const pair = hosts ?? context.skip(problem as string);
  return { pair, launcher: pair.launchers().find((each) => each.name === name) as MpiLauncher };
}

/** Resolves when no process is left on either host. */
async function untilEmpty(pair: TwoHosts): Promise<void> {
  while (pair.processes().length > 0) await sleep(100);
}

function isRunning(pid: number): boolean {
  try {
    // Empty for one that ended, and whose parent does not know yet.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

describe.each(mpiLaunchers())('two hosts under $name', (each) => {
  test.skipIf(each.problem !== undefined)(
    `train one run over their network, to the same bits${skipNote(each)}`,
    async (context) => {
      const { pair, launcher } = hostsFor(each.name, context);
      const run = join(folder, `whole-${each.name}`);
      const before = pair.receivedBytes();
      const args = ['--run-dir', run, ...sliceSettings, '--epochs', '2', '--workers', '1'];
      const ended = await startRanks(launcher, 2, args).ended;
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
      expect((await outcomeOf(run)).history).toEqual(runs.golden.history.slice(0, 2));
      // In each of 26 steps at least the sum of one block.
      expect(pair.receivedBytes() - before).toBeGreaterThan(26 * 61_706 * 4);
      await untilEmpty(pair);
    },
  );

  test.skipIf(each.problem !== undefined)(
    `whose cable is cut end by the deadline, and can be resumed${skipNote(each)}`,
    async (context) => {
      const { pair, launcher } = hostsFor(each.name, context);
      const { run, cli } = await runs.start(launcher, 2);
      const ranks = [rankProcess(run, 0), rankProcess(run, 1)];
      pair.cutCable();
      try {
        while (ranks.some(isRunning)) await sleep(100);
        // MPICH's launcher, one time in ten, goes on waiting for the host that it cannot reach.
        const stop = setTimeout(() => cli.process.kill('SIGTERM'), launcherPatienceMilliseconds);
        const { exitCode, stderr } = await cli.ended.finally(() => clearTimeout(stop));
        if (each.name === 'Open MPI') expect(exitCode, stderr).toBe(exitCodes.retry);
        else expect(exitCode).not.toBe(0);
        expect(stderr).toMatch(/error: .*within 3 s: one of them hangs, or the network is cut/);
        expect(stderr).toContain(`Saved; to go on: lockstep train --resume ${run}`);
        expect(await leftForGood(run)).toEqual([]);
        // Those of the launcher, too.
        await untilEmpty(pair);
      } finally {
        await pair.mendCable();
      }
      await resumeTo(runs.golden, run, launcher, 2);
    },
  );
});
