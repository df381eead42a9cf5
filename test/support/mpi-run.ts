import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { isTemporaryFile } from '../../src/coordinator/atomic-file.ts';
import { readHistory } from '../../src/coordinator/run/history.ts';
import { type CliOptions, type CliProcess, cliPath, endCli, startCli } from './cli-process.ts';
import type { MpiLauncher } from './mpi.ts';
import { leftBehind, outcomeOf } from './run-outcome.ts';
import { sliceDirectory } from './training.ts';

/** Long after any of the deadlines that a job has to end by, on a machine that does other things as well. */
const patienceMilliseconds = 30_000;

/** 800 training images, 13 steps an epoch: six micro-shards each, the last step three, of which one is short. */
export const sliceSettings = [
  ...['--data', sliceDirectory, '--batch-size', '64', '--micro-batch', '12'],
  '--no-metrics',
] as const;

/** How a test's name ends that cannot be run here. */
export function skipNote({ problem }: MpiLauncher): string {
  return problem === undefined ? '' : ` (skipped: ${problem})`;
}

/** Starts `lockstep train`, or another program, as so many ranks. */
export function startRanks(
  launcher: MpiLauncher,
  ranks: number,
  args: readonly string[],
  options: CliOptions = {},
): CliProcess {
  return startCli(options.program === undefined ? ['train', ...args] : args, {
    ...options,
    wrapper: [...(options.wrapper ?? []), ...launcher.command(ranks)],
    environment: { ...launcher.environment, ...options.environment },
  });
}

/**
 * One rank for each list of flags that `lockstep train` is given.
 * @param cli what all but the first rank run
 */
export function startUnlikeRanks(
  launcher: MpiLauncher,
  [first = [], ...others]: string[][],
  cli: string = cliPath,
): CliProcess {
  const more = others.flatMap((args) => [':', '-n', '1', process.execPath, cli, 'train', ...args]);
  return startRanks(launcher, 1, [...first, ...more]);
}

/** The pid of a rank that trains into the folder. */
export function rankProcess(run: string, rank: number): number {
  const pids = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      if (basename(readlinkSync(`/proc/${name}/exe`)) !== basename(process.execPath)) return false;
      if (!readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(run)) return false;
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      return ['OMPI_COMM_WORLD_RANK', 'PMI_RANK'].some((key) => environment.includes(`${key}=${rank}`));
    } catch {
      // It ended while the list was read.
      return false;
    }
  });
  expect(pids, `processes of rank ${rank}`).toHaveLength(1);
  return Number(pids[0]);
}

/** Files and processes that a job leaves behind for good: a launcher may end a little before its ranks. */
export function leftForGood(run: string): Promise<string[]> {
  return whatStays(() => leftBehind(run));
}

/** As `leftForGood`, where the first rank was killed: it may have left temporary files, which a resume removes. */
export function processesLeftForGood(run: string): Promise<string[]> {
  return whatStays(() => leftBehind(run).filter((each) => !isTemporaryFile(basename(each))));
}

async function whatStays(look: () => string[]): Promise<string[]> {
  const deadline = performance.now() + patienceMilliseconds;
  for (;;) {
    const left = look();
    if (left.length === 0 || performance.now() > deadline) return left;
    await sleep(50);
  }
}

/** What is the same for every way to train the slice for so many epochs. */
export async function trainAlone(run: string, epochs: number, settings: readonly string[] = []) {
  const args = ['train', '--run-dir', run, ...sliceSettings, '--epochs', String(epochs), ...settings];
  expect(await endCli([...args, '--workers', '1'])).toMatchObject({ exitCode: 0 });
  return await outcomeOf(run);
}

/**
 * Starts runs that would go on for longer than any test, to be disturbed in their third epoch; and what becomes of one that is not.
 * @param settings of all of them
 */
export async function longRuns(folder: string, settings: readonly string[] = []) {
  const golden = await trainAlone(join(folder, 'golden'), 100);
  let runs = 0;
  const start = async (launcher: MpiLauncher, ranks: number, more: readonly string[] = []) => {
    const run = join(folder, `run-${runs++}`);
    const length = ['--epochs', '100000', '--workers', '1'];
    const args = ['--run-dir', run, ...sliceSettings, ...length, ...settings, ...more];
    const cli = startRanks(launcher, ranks, args);
    await cli.untilOutput('epoch      2/');
    return { run, cli };
  };
  return { golden, start };
}

/** The newest checkpoint's number of steps. */
export function savedSteps(run: string): number {
  const folder = join(run, 'checkpoints');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return Math.max(0, ...names.map((name) => Number(/^step-(\d+)\.safetensors$/.exec(name)?.[1] ?? 0)));
}

/** How many more epochs than were finished a run is to have when it is resumed: some steps of them are taken already. */
const epochsToGo = 2;

/**
 * Goes on with a run for some epochs, and holds each epoch that it has against that of an undisturbed run: its figures, and the hash of
 * its weights.
 * @param ranks 1: without a launcher
 */
export async function resumeTo(
  golden: Awaited<ReturnType<typeof outcomeOf>>,
  run: string,
  launcher: MpiLauncher,
  ranks: number,
): Promise<void> {
  const finished = existsSync(join(run, 'history.csv')) ? await readHistory(join(run, 'history.csv')) : [];
  const epochs = finished.length + epochsToGo;
  expect(golden.history.length).toBeGreaterThanOrEqual(epochs);
  const args = ['--resume', run, '--epochs', String(epochs), '--workers', '1', '--no-metrics'];
  const cli = ranks === 1 ? startCli(['train', ...args]) : startRanks(launcher, ranks, args);
  const ended = await cli.ended;
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
  const { history, weights } = await outcomeOf(run);
  expect(history).toEqual(golden.history.slice(0, epochs));
  expect(weights).toBe(history.at(-1)?.weightsSha256);
  expect(await leftForGood(run)).toEqual([]);
}
