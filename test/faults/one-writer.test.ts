import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { endCli, startCli } from '../support/cli-process.ts';
import { fingerprint } from '../support/resuming.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, sliceDirectory, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const slice = ['--data', sliceDirectory, '--batch-size', '32', '--micro-batch', '8', '--workers', '1'];
/** Long enough, at more than 25 ms an epoch, for another process to come while the run is under way. */
const epochs = 30;
const train = ['train', ...slice, '--epochs', String(epochs), '--checkpoint-every', '40 steps'];

let golden: Awaited<ReturnType<typeof outcomeOf>>;

beforeAll(async () => {
  const runDir = join(folder, 'golden');
  await trainToEnd(
    sliceConfig({ batchSize: 32, microBatch: 8, epochs, checkpointEvery: '40 steps', runDir }),
  );
  golden = await outcomeOf(runDir);
});

/** A run that was killed in its second epoch. */
async function killedRun(name: string): Promise<string> {
  const run = join(folder, name);
  const first = startCli([...train, '--run-dir', run]);
  await first.untilOutput(' 2/30');
  first.process.kill('SIGKILL');
  expect((await first.ended).signal).toBe('SIGKILL');
  expect(existsSync(join(run, 'result.json'))).toBe(false);
  return run;
}

describe('two runs on one folder', () => {
  test.each([
    { what: 'both new', prepare: async () => join(folder, 'both-new'), commands: ['new', 'new'] },
    { what: 'both resume', prepare: () => killedRun('both-resume'), commands: ['resume', 'resume'] },
  ])('at the same moment, $what: one wins, the other is told who holds it', async ({ prepare, commands }) => {
    const run = await prepare();
    const started = commands.map((command) =>
      startCli(command === 'new' ? [...train, '--run-dir', run] : ['train', '--resume', run]),
    );
    const ends = await Promise.all(started.map(({ ended }) => ended));
    expect(ends.map(({ exitCode }) => exitCode).sort()).toEqual([0, 4]);
    const winner = started[ends.findIndex(({ exitCode }) => exitCode === 0)];
    const loser = ends.find(({ exitCode }) => exitCode === 4);
    expect(loser?.stderr).toContain(`in use by another lockstep (process ${winner?.process.pid}, since `);
    expect(loser?.stdout).toBe('');
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test.each([
    { second: 'a new run', args: (run: string) => [...train, '--run-dir', run] },
    { second: 'a resume', args: (run: string) => ['train', '--resume', run] },
    {
      second: 'a resume with other settings',
      args: (run: string) => ['train', '--resume', run, '--epochs', '90'],
    },
  ])('$second while the first is under way is told who holds it, and disturbs nothing', async ({ args }) => {
    const run = join(folder, `first-${Math.random()}`);
    const first = startCli([...train, '--run-dir', run]);
    await first.untilOutput(' 1/30');
    const { exitCode, stderr, stdout } = await endCli(args(run));
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`in use by another lockstep (process ${first.process.pid}, since `);
    expect(stdout).toBe('');
    expect((await first.ended).exitCode).toBe(0);
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test('after the first has ended, a new one is refused and changes nothing', async () => {
    const run = join(folder, 'golden');
    const untouched = fingerprint(run);
    const { exitCode, stderr } = await endCli([...train, '--run-dir', run]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('runDir must be a new or empty folder');
    expect(stderr).toContain(`lockstep train --resume ${run}`);
    expect(fingerprint(run)).toEqual(untouched);
  });
});

describe('a holder that was killed with SIGKILL', () => {
  test('leaves no lock: the run goes on at once and ends as if nothing had happened', async () => {
    const run = await killedRun('killed');
    expect((await endCli(['train', '--resume', run])).exitCode).toBe(0);
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test('leaves no lock: a copy of its folder, and a new run elsewhere, go their own ways', async () => {
    const run = await killedRun('original');
    const copy = join(folder, 'copy');
    cpSync(run, copy, { recursive: true });
    const fresh = join(folder, 'fresh');
    mkdirSync(fresh);
    const ends = await Promise.all([
      endCli(['train', '--resume', run]),
      endCli(['train', '--resume', copy]),
      endCli([...train, '--run-dir', fresh]),
    ]);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    for (const each of [run, copy, fresh]) expect(await outcomeOf(each)).toEqual(golden);
  });

  test('does not hand its folder to a new run: what it holds is to be resumed', async () => {
    const run = await killedRun('not-empty');
    const untouched = fingerprint(run);
    const { exitCode, stderr } = await endCli([...train, '--run-dir', run]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`lockstep train --resume ${run}`);
    expect(fingerprint(run)).toEqual(untouched);
  });
});
