import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isTemporaryFile } from '../../src/coordinator/atomic-file.ts';
import { train } from '../../src/coordinator/trainer.ts';
import { type CliProcess, type EndedProcess, endCli, startCli } from '../support/cli-process.ts';
import { leftBehind, outcomeOf, readAllFiles } from '../support/run-outcome.ts';
import { sliceConfig, sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGUSR1: 0 } as const;
type Name = keyof typeof exitCodes;
const names = Object.keys(exitCodes) as Name[];
const preload = fileURLToPath(new URL('signal-at-start.mjs', import.meta.url));
const manyImages = join(folder, 'many-images');
let runs = 0;

/** When the signal is sent; each run is made so that it is nearly always there. */
const moments = {
  training: {
    // An epoch of 2 steps of half a second.
    settings: [
      '--epochs',
      '2',
      '--limit-train',
      '8000',
      '--batch-size',
      '4000',
      '--micro-batch',
      '50',
      '--limit-val',
      '100',
    ],
    arrive: (cli: CliProcess) => cli.untilOutput('LeNet-5 on'),
  },
  validation: {
    // An epoch of 1 short step and 4,000 validation images.
    settings: ['--epochs', '6', '--limit-train', '32', '--batch-size', '32'],
    arrive: (cli: CliProcess) => cli.untilOutput('epoch 2/6'),
  },
  saving: {
    settings: [
      '--epochs',
      '4',
      '--limit-train',
      '800',
      '--batch-size',
      '50',
      '--limit-val',
      '100',
      '--checkpoint-every',
      '1 step',
    ],
    arrive: (cli: CliProcess, run: string) => untilTemporaryFile(join(run, 'checkpoints'), cli),
  },
} as const;
type Moment = keyof typeof moments;

const trainInto = (run: string, moment: Moment) => [
  ...['train', '--run-dir', run, '--data', manyImages, '--workers', '2', ...moments[moment].settings],
];
const golden = {} as Record<Moment, Awaited<ReturnType<typeof outcomeOf>>>;

beforeAll(async () => {
  writeManyImages();
  for (const moment of Object.keys(moments) as Moment[]) {
    const run = join(folder, `golden-${moment}`);
    expect(await endCli([...trainInto(run, moment), '--workers', '1'])).toMatchObject({ exitCode: 0 });
    golden[moment] = await outcomeOf(run);
  }
});

/** 20,000 images: those of the slice, 20 times. */
function writeManyImages(): void {
  mkdirSync(manyImages);
  for (const [name, headerBytes] of [
    ['train-images-idx3-ubyte', 16],
    ['train-labels-idx1-ubyte', 8],
  ] as const) {
    const bytes = gunzipSync(readFileSync(join(sliceDirectory, `${name}.gz`)));
    const header = bytes.subarray(0, headerBytes);
    header.writeUInt32BE(20_000, 4);
    const samples = Array.from({ length: 20 }, () => bytes.subarray(headerBytes));
    writeFileSync(join(manyImages, name), Buffer.concat([header, ...samples]));
  }
}

function untilTemporaryFile(directory: string, cli: CliProcess): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      clearInterval(watch);
      resolve();
    };
    const watch = setInterval(() => {
      if (existsSync(directory) && readdirSync(directory).some(isTemporaryFile)) stop();
    }, 1);
    cli.ended.then(stop, stop);
  });
}

/** The arguments of the command that was printed for going on. */
function printedResume({ stdout }: EndedProcess): string[] {
  const commands = [...stdout.matchAll(/to go on: {2}(?:npx )?lockstep (.*)$/gm)].map(
    ([, words]) => words as string,
  );
  expect(commands, stdout).toHaveLength(1);
  return (commands[0] as string).split(' ');
}

async function resumeToGolden(run: string, moment: Moment, command = ['train', '--resume', run]) {
  await readAllFiles(run);
  expect(await endCli([...command, '--workers', '3'])).toMatchObject({ exitCode: 0 });
  expect(await outcomeOf(run)).toEqual(golden[moment]);
  expect(leftBehind(run)).toEqual([]);
}

describe('a run that is stopped between its first file and its first step', () => {
  test('has a checkpoint to go on from', async () => {
    const run = join(folder, `run-${runs++}`);
    const stop = new AbortController();
    const { result } = await train(sliceConfig({ runDir: run }), {
      signal: stop.signal,
      listener: { onStart: () => stop.abort() },
    });
    expect(result).toBe(undefined);
    const resumed = await endCli(['train', '--resume', run]);
    expect(resumed).toMatchObject({ exitCode: 0 });
    expect(resumed.stderr).toContain('goes on at epoch 1, step 1.');
  });
});

describe.concurrent.each(names)('%s', (name) => {
  beforeEach((context) => {
    if (process.platform === 'win32') context.skip('there are no such signals on Windows');
  });

  describe.each(Object.keys(moments) as Moment[])('in %s', (moment) => {
    const start = async () => {
      const run = join(folder, `run-${runs++}`);
      const cli = startCli(trainInto(run, moment));
      await moments[moment].arrive(cli, run);
      cli.process.kill(name);
      return { run, cli };
    };

    test('saves, exits with its code, and prints the command that goes on', async () => {
      const { run, cli } = await start();
      const ended = await cli.ended;
      expect(ended).toMatchObject({ exitCode: exitCodes[name], signal: null });
      expect(leftBehind(run)).toEqual([]);
      expect(existsSync(join(run, 'result.json'))).toBe(false);
      await resumeToGolden(run, moment, printedResume(ended));
    });

    test('a second time ends it at once with the same code, and nothing is lost', async () => {
      const { run, cli } = await start();
      await cli.untilOutput('finishing the step and saving');
      cli.process.kill(name);
      const ended = await cli.ended;
      expect(ended).toMatchObject({ exitCode: exitCodes[name], signal: null });
      // The step under way would have taken far longer; of a save, nothing is left to wait for.
      if (moment === 'training') expect(ended.stdout).not.toContain('to go on');
      await resumeToGolden(run, moment);
    });
  });

  describe('before the first step', () => {
    const withSignal = (times: number) => ({
      nodeArguments: ['--import', preload],
      environment: { FAULT_SIGNAL: name, FAULT_SIGNAL_TIMES: String(times) },
    });

    test.each([1, 2])('of a new run: exits with its code, leaves nothing (%i times)', async (times) => {
      const run = join(folder, `run-${runs++}`);
      const ended = await endCli(trainInto(run, 'saving'), withSignal(times));
      expect(ended).toMatchObject({ exitCode: exitCodes[name], signal: null });
      expect(ended.stderr).not.toContain('error:');
      if (times === 1) expect(ended.stdout).toBe('stopped before the first step, nothing was written\n');
      expect(existsSync(run)).toBe(false);
    });

    test('of a resumed one: exits with its code, and prints the command again', async () => {
      const run = join(folder, `run-${runs++}`);
      const killed = startCli(trainInto(run, 'saving'));
      await moments.saving.arrive(killed, run);
      killed.process.kill('SIGKILL');
      await killed.ended;
      const ended = await endCli(['train', '--resume', run], withSignal(1));
      expect(ended).toMatchObject({ exitCode: exitCodes[name], signal: null });
      expect(leftBehind(run)).toEqual([]);
      await resumeToGolden(run, 'saving', printedResume(ended));
    });
  });
});
