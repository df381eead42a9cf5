import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { mpiLaunchers } from '../support/mpi.ts';
import {
  leftForGood,
  rankProcess,
  skipNote,
  sliceSettings,
  startRanks,
  startUnlikeRanks,
  trainAlone,
} from '../support/mpi-run.ts';
import { scrape, urlOf } from '../support/observation.ts';
import { freePort, listeningPorts, listeningPortsProblem } from '../support/ports.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const otherData = join(folder, 'one label changed');
let runs = 0;
let otherKernels: string;
let golden: Awaited<ReturnType<typeof outcomeOf>>;

beforeAll(async () => {
  golden = await trainAlone(join(folder, 'golden'), 2);
  otherKernels = buildWithOtherKernels();
  mkdirSync(otherData);
  for (const name of ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte']) {
    const bytes = gunzipSync(readFileSync(join(sliceDirectory, `${name}.gz`)));
    const last = bytes.length - 1;
    if (name.includes('labels')) bytes[last] = ((bytes[last] as number) + 1) % 10;
    writeFileSync(join(otherData, name), bytes);
  }
});

/** A build of this version whose kernels are another file: with an empty custom section behind the code. @returns its command */
function buildWithOtherKernels(): string {
  const build = join(folder, 'other kernels');
  mkdirSync(build);
  for (const name of ['dist', 'config', 'package.json']) cpSync(name, join(build, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(build, 'node_modules'));
  appendFileSync(join(build, 'dist', 'worker', 'kernels.wasm'), Uint8Array.of(0, 2, 1, 'x'.charCodeAt(0)));
  return join(build, 'dist', 'coordinator', 'cli.js');
}

describe.each(mpiLaunchers())('a run of several ranks under $name', (launcher) => {
  const { problem } = launcher;
  const note = skipNote(launcher);

  test.skipIf(problem !== undefined)(`is written and printed by rank 0 alone${note}`, async () => {
    const parent = join(folder, `runs-${runs++}`);
    const run = join(parent, 'run');
    const args = ['--run-dir', run, ...sliceSettings, '--epochs', '2', '--workers', '1'];
    const { stdout, stderr, exitCode } = await startRanks(launcher, 3, args).ended;
    expect(exitCode).toBe(0);
    expect(readdirSync(parent)).toEqual(['run']);
    expect(readdirSync(run).sort()).toEqual(
      ['best.safetensors', 'checkpoints', 'config.yaml', 'curves.png', 'curves.svg', 'history.csv'].concat([
        'result.json',
        'workers.csv',
      ]),
    );
    expect(stdout.match(/3 ranks under .*; rank 0: 1 worker on cpu/g)).toHaveLength(1);
    expect(stdout.match(/epoch +\d+\/2/g)).toHaveLength(2);
    expect(stdout.match(/weights SHA-256/g)).toHaveLength(1);
    expect(stderr.match(/train-images.* is not the official FashionMNIST/g)).toHaveLength(1);
    expect(stderr).not.toContain('error:');
  });

  test.skipIf(problem !== undefined)(
    `is over for the other ranks while rank 0 still serves it${note}`,
    async () => {
      const run = join(folder, `run-${runs++}`);
      const settings = sliceSettings.filter((each) => each !== '--no-metrics');
      const watching = ['--metrics-port', '0', '--metrics-linger', '7', '--collective-timeout', '3'];
      const args = ['--run-dir', run, ...settings, '--epochs', '2', '--workers', '1', ...watching];
      const { exitCode, stderr } = await startRanks(launcher, 2, args).ended;
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain('still serving');
      expect((await outcomeOf(run)).history).toEqual(golden.history);
    },
  );

  test.skipIf(problem !== undefined || listeningPortsProblem !== undefined)(
    `is served by rank 0 alone${note}${listeningPortsProblem === undefined ? '' : ` (skipped: ${listeningPortsProblem})`}`,
    async () => {
      const run = join(folder, `run-${runs++}`);
      const port = await freePort();
      const args = ['--run-dir', run, '--data', sliceDirectory, '--epochs', '100000', '--workers', '1'];
      const cli = startRanks(launcher, 2, [...args, '--metrics-port', String(port)]);
      try {
        const url = await urlOf(cli);
        await cli.untilOutput('epoch      2/');
        const { samples } = await scrape(url);
        expect(samples.get('lockstep_epochs_total')).toBeGreaterThan(0);
        expect(listeningPorts(rankProcess(run, 0))).toContain(port);
        expect(listeningPorts(rankProcess(run, 1))).not.toContain(port);
      } finally {
        cli.process.kill('SIGUSR1');
      }
      const { exitCode, stderr } = await cli.ended;
      expect(exitCode, stderr).toBe(0);
      // A second rank that tried to serve would say that it cannot.
      expect(stderr.match(/metrics and page/g)).toHaveLength(1);
      expect(stderr).not.toContain(`${port} is in use`);
    },
  );

  test.skipIf(problem !== undefined)(`may have other workers on each rank${note}`, async () => {
    const run = join(folder, `run-${runs++}`);
    const args = ['--run-dir', run, ...sliceSettings, '--epochs', '2', '--workers'];
    const ended = await startUnlikeRanks(launcher, [
      [...args, '1'],
      [...args, '3'],
    ]).ended;
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test.skipIf(problem !== undefined).each([
    {
      what: 'another setting',
      flags: ['--learning-rate', '0.002'],
      error: 'learningRate must be the same on all ranks: rank 0 has 0.001, rank 1 0.002.',
      nextStep: 'Give the same flags, environment and version of lockstep to all ranks.',
    },
    {
      what: 'a setting that the others do not have',
      flags: ['--clip-norm', '1'],
      error: 'clipNorm must be the same on all ranks: rank 0 has none, rank 1 1.',
      nextStep: 'Give the same flags, environment and version of lockstep to all ranks.',
    },
    {
      what: 'other data',
      flags: ['--data', otherData],
      error: /^error: labelsSha256 must be the same on all ranks: rank 0 has 78ada934\w+, rank 1 \w{64}\.$/m,
      nextStep: 'Name the same data set on all machines with --data.',
    },
    {
      what: 'other kernels',
      flags: [],
      hasOtherKernels: true,
      error: /^error: kernels must be the same on all ranks: rank 0 has \w{64}, ranks 1, 2 \w{64}\.$/m,
      nextStep: 'Give the same flags, environment and version of lockstep to all ranks.',
    },
  ])(
    `is refused where a rank has $what, once${note}`,
    async ({ flags, hasOtherKernels, error, nextStep }) => {
      const run = join(folder, `run-${runs++}`);
      const args = ['--run-dir', run, ...sliceSettings, '--epochs', '2', '--workers', '1'];
      // The last of a flag given twice counts.
      const cli = hasOtherKernels ? otherKernels : undefined;
      const ended = await startUnlikeRanks(launcher, [args, [...args, ...flags], args], cli).ended;
      expect(ended.exitCode).toBe(2);
      expect(ended.stderr).toMatch(error);
      expect(ended.stderr).toContain(nextStep);
      expect(ended.stderr.match(/error:/g)).toHaveLength(1);
      expect(ended.stdout).not.toContain('LeNet-5');
      expect(existsSync(run)).toBe(false);
      expect(await leftForGood(run)).toEqual([]);
    },
  );

  test.skipIf(problem !== undefined)(
    `is refused where rank 0 has a folder that is not empty, by all of them${note}`,
    async () => {
      const run = join(folder, 'golden');
      const args = ['--run-dir', run, ...sliceSettings, '--collective-timeout', '20', '--workers', '1'];
      const ended = await startRanks(launcher, 2, args).ended;
      expect(ended.exitCode).toBe(2);
      expect(ended.stderr).toContain('runDir must be a new or empty folder');
      expect(ended.stderr.match(/error:/g)).toHaveLength(1);
    },
  );
});
