import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readWeights } from '../../src/coordinator/weights-file.ts';
import { hashWeights } from '../../src/coordinator/weights-hash.ts';
import { runCli } from '../support/run-cli.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
const slice = ['--data', sliceDirectory, '--batch-size', '64', '--epochs', '3', '--workers', '2'];

function read(name: string): string {
  return readFileSync(join(run, name), 'utf8');
}

describe('lockstep train', () => {
  let stdout: string;

  beforeAll(async () => {
    const outcome = await runCli(['train', ...slice, '--learning-rate', '0.01', '--run-dir', run]);
    expect(outcome).toMatchObject({ exitCode: 0 });
    stdout = outcome.stdout;
  });

  test('leaves a run folder with everything in it and nothing else', () => {
    expect(readdirSync(run).sort()).toEqual([
      'best.safetensors',
      'checkpoints',
      'config.yaml',
      'curves.png',
      'curves.svg',
      'history.csv',
      'result.json',
      'workers.csv',
    ]);
  });

  test('prints a line for each epoch and, at the end, time, best accuracy and hash', () => {
    const lines = stdout.split('\n');
    expect(
      lines.filter((line) => /^epoch \d\/3 {2}train loss \d\.\d{4} acc \d\.\d{4} {2}val loss/.test(line)),
    ).toHaveLength(3);
    const result = JSON.parse(read('result.json'));
    expect(stdout).toContain(
      `best validation accuracy  ${result.bestValidationAccuracy.toFixed(4)} (epoch ${result.bestEpoch})`,
    );
    expect(stdout).toContain(`weights SHA-256           ${result.weightsSha256}`);
    expect(stdout).toMatch(/^time +\d/m);
    expect(stdout).not.toContain('\u001b');
  });

  test('history.csv has the columns of the reference and a row for each epoch', () => {
    const [header, ...rows] = read('history.csv').trimEnd().split('\n');
    expect(header).toBe(
      'epoch,train_loss_all,val_loss_all,train_acc_all,val_acc_all,seconds,samples_per_second,weights_sha256',
    );
    expect(rows.map((row) => row.split(',')[0])).toEqual(['1', '2', '3']);
  });

  test('result.json agrees with the history', () => {
    const rows = read('history.csv')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split(','));
    const result = JSON.parse(read('result.json'));
    const accuracies = rows.map((row) => Number(row[4]));
    expect(result.bestValidationAccuracy).toBe(Math.max(...accuracies));
    expect(result.bestEpoch).toBe(accuracies.indexOf(Math.max(...accuracies)) + 1);
    expect(result.weightsSha256).toBe(rows.at(-1)?.at(-1));
    expect(result.workers).toBe(2);
    expect(result.versions.node).toBe(process.versions.node);
  });

  test('best.safetensors holds the weights of the best epoch', async () => {
    const { parameters } = await readWeights(join(run, 'best.safetensors'));
    const { bestEpoch } = JSON.parse(read('result.json'));
    const row = read('history.csv').split('\n')[bestEpoch];
    expect(row?.split(',').at(-1)).toBe(hashWeights(parameters));
  });

  test('config.yaml repeats the run as a preset, to the same bits', async () => {
    expect(parse(read('config.yaml'))).toMatchObject({
      learningRate: 0.01,
      batchSize: 64,
      microBatch: 16,
      seed: 0,
    });
    const again = join(folder, 'again');
    const outcome = await runCli([
      'train',
      '--config',
      join(run, 'config.yaml'),
      '--run-dir',
      again,
      '--workers',
      '3',
    ]);
    expect(outcome.stdout).toContain(JSON.parse(read('result.json')).weightsSha256);
  });

  test('--init starts from given weights, whatever the seed would draw', async () => {
    const outcome = await runCli([
      ...['train', ...slice, '--init', join(run, 'best.safetensors')],
      ...['--run-dir', join(folder, 'init'), '--epochs', '1', '--learning-rate', '1e-30'],
    ]);
    const { parameters } = await readWeights(join(run, 'best.safetensors'));
    // So small a rate leaves the weights as they are.
    expect(outcome.stdout).toContain(hashWeights(parameters));
  });

  test('without --run-dir the folder is runs/<time>-<seed>', async () => {
    const outcome = await runCli(
      ['train', ...slice, '--epochs', '1', '--seed', '7', '--limit-train', '64'],
      {},
    );
    const directory = /^run folder +(\S+)$/m.exec(outcome.stdout)?.[1] as string;
    expect(directory).toMatch(/^runs\/\d{8}-\d{6}-7/);
  });
});

describe('bad input to lockstep train', () => {
  const refused = join(folder, 'refused');
  const text = join(folder, 'no-weights.safetensors');
  writeFileSync(text, 'hello');

  test.each([
    {
      args: ['--epochs', '0'],
      exitCode: 2,
      message: 'epochs must be a whole number of at least 1, got 0 (--epochs).',
    },
    { args: ['--epoch', '3'], exitCode: 2, message: 'unknown flag "--epoch"; did you mean "--epochs"?' },
    {
      args: ['--config', 'none.yaml'],
      exitCode: 2,
      message: '--config none.yaml cannot be read: there is no such file.',
    },
    { args: ['--workers'], exitCode: 2, message: "option '--workers <n>' argument missing" },
    { args: ['--data', join(folder, 'nowhere')], exitCode: 3, message: 'nowhere' },
    { args: ['--init', text], exitCode: 3, message: 'no-weights.safetensors' },
    { args: ['--run-dir', run], exitCode: 2, message: 'runDir must be a new or empty folder' },
    { args: ['--run-dir', join(text, 'run')], exitCode: 2, message: 'runDir must be a new or empty folder' },
  ])('$args: exit code $exitCode, one line, and nothing left behind', async ({ args, exitCode, message }) => {
    const outcome = await runCli(['train', ...slice, '--run-dir', refused, ...args]);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr.split('\n').filter((line) => line.startsWith('error: '))).toHaveLength(1);
    expect(outcome.stderr).not.toContain('    at ');
    expect(existsSync(refused)).toBe(false);
  });

  test('all problems of flags and environment are told at once', async () => {
    const outcome = await runCli(['train', '--epochs', 'ten', '--bacth-size=3', 'extra'], {
      environment: { LOCKSTEP_SEED: 'x' },
    });
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr.trimEnd().split('\n')).toEqual([
      'error: unknown flag "--bacth-size"; did you mean "--batch-size"?',
      'error: unexpected argument "extra": train takes flags only.',
      'error: epochs must be a whole number of at least 1, got "ten" (--epochs).',
      'error: seed must be a whole number from 0 to 9007199254740991, got "x" (LOCKSTEP_SEED).',
    ]);
  });

  test('weights that explode stop the run before the step, with epoch, step and next step', async () => {
    const outcome = await runCli([
      'train',
      ...slice,
      '--run-dir',
      join(folder, 'nan'),
      '--init',
      await hugeWeights(),
    ]);
    expect(outcome.exitCode).toBe(4);
    expect(outcome.stderr).toMatch(
      /error: epoch 1: .* is not finite in step 1 of the epoch; the step was not taken\./,
    );
  });
});

describe('lockstep train on a terminal', () => {
  test('shows a bar, and ends with its exit code after a failure too', async (context) => {
    if (spawnSync('script', ['--version']).status !== 0) context.skip('no script(1) to give it a terminal');
    const args = ['train', ...slice, '--init', await hugeWeights(), '--run-dir', join(folder, 'terminal')];
    const command = [process.execPath, 'dist/coordinator/cli.js', ...args].join(' ');
    const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { timeout: 20_000 });
    expect(String(stdout)).toContain('epoch 1/3');
    expect(status).toBe(4);
  });
});

async function hugeWeights(): Promise<string> {
  const { writeWeights } = await import('../../src/coordinator/weights-file.ts');
  const path = join(folder, 'huge.safetensors');
  await writeWeights(path, new Float32Array(61_706).fill(1e38), {});
  return path;
}
