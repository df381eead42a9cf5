import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeWeights } from '../../src/coordinator/weights-file.ts';
import { initialParameters } from '../../src/shared/initial-parameters.ts';
import { endCli } from '../support/cli-process.ts';
import { fingerprint } from '../support/resuming.ts';
import { sliceConfig, sliceDirectory, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');

beforeAll(async () => {
  await trainToEnd(sliceConfig({ checkpointEvery: '5 steps', limitVal: 100, runDir: run }));
});

/** Resumes, and shows that it is refused in words, with exit code 2, and changes nothing in the folder. */
async function expectRefused(args: readonly string[], problems: readonly string[], environment = {}) {
  const untouched = fingerprint(run);
  const outcome = await endCli(['train', '--resume', run, ...args], { environment });
  const lines = outcome.stderr.split('\n').filter((line) => line.startsWith('error: '));
  expect(lines).toEqual(problems.map((problem) => `error: ${problem}`));
  expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
  expect(fingerprint(run)).toEqual(untouched);
}

/** The slice with one byte of one file changed. */
function otherData(name: string, position: number): string {
  const directory = join(folder, `other-${name}`);
  mkdirSync(directory);
  for (const each of ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz']) {
    const bytes = gunzipSync(readFileSync(join(sliceDirectory, each)));
    if (each.includes(name)) bytes[position] = (bytes[position] as number) ^ 1;
    writeFileSync(join(directory, each), gzipSync(bytes));
  }
  return directory;
}

describe('a resume with another', () => {
  test.each([
    { flag: '--seed', value: '1', problem: 'seed: the run has 0, got 1.' },
    { flag: '--batch-size', value: '128', problem: 'batchSize: the run has 64, got 128.' },
    { flag: '--micro-batch', value: '16', problem: 'microBatch: the run has 12, got 16.' },
    { flag: '--learning-rate', value: '0.01', problem: 'learningRate: the run has 0.001, got 0.01.' },
    { flag: '--limit-train', value: '500', problem: 'limitTrain: the run has none, got 500.' },
    { flag: '--limit-val', value: '99', problem: 'limitVal: the run has 100, got 99.' },
  ])('$flag is refused, and changes nothing', async ({ flag, value, problem }) => {
    await expectRefused([flag, value], [problem]);
  });

  test('--init is refused, and changes nothing', async () => {
    const weights = join(folder, 'weights.safetensors');
    await writeWeights(weights, initialParameters(1), {});
    await expectRefused(['--init', weights], [`init: the run has pytorch, got ${weights}.`]);
  });

  test('setting from the environment or a preset is refused with all differences at once', async () => {
    const preset = join(folder, 'preset.yaml');
    writeFileSync(preset, 'learningRate: 0.5\nbatchSize: 64\n');
    await expectRefused(
      ['--config', preset, '--micro-batch', '8'],
      [
        'microBatch: the run has 12, got 8.',
        'learningRate: the run has 0.001, got 0.5.',
        'seed: the run has 0, got 7.',
      ],
      { LOCKSTEP_SEED: '7' },
    );
  });

  test.each([
    { name: 'labels', position: 8 + 999, part: 'labelsSha256' },
    { name: 'images', position: 16 + 784 * 999, part: 'imagesSha256' },
  ])('data set, of which one byte of the $name differs, is refused, and changes nothing', async (other) => {
    const directory = otherData(other.name, other.position);
    const untouched = fingerprint(run);
    const outcome = await endCli(['train', '--resume', run, '--data', directory, '--epochs', '9']);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toMatch(
      new RegExp(`error: ${other.part}: the run has [0-9a-f]{64}, ${directory} has [0-9a-f]{64}\\.`),
    );
    expect(outcome.stderr.match(/^error: /gm)).toHaveLength(1);
    expect(fingerprint(run)).toEqual(untouched);
  });

  test('number of epochs is refused below those that the run has begun', async () => {
    await expectRefused(['--epochs', '1'], ['epochs must be at least 2, which the run has begun, got 1.']);
  });

  test('place of the same data set is taken', async () => {
    const directory = otherData('nothing', 0);
    const outcome = await endCli(['train', '--resume', run, '--data', directory]);
    expect(outcome.exitCode).toBe(0);
  });
});
