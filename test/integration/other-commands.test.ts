import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadDataset } from '../../src/coordinator/dataset/load-dataset.ts';
import { parseHistory } from '../../src/coordinator/run/history.ts';
import { train } from '../../src/coordinator/trainer.ts';
import { readWeights } from '../../src/coordinator/weights-file.ts';
import { lossAndGradients } from '../reference/reference-engine.ts';
import { runCli } from '../support/run-cli.ts';
import { sliceConfig, sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
const best = join(run, 'best.safetensors');

beforeAll(async () => {
  await train(sliceConfig({ runDir: run, epochs: 3, learningRate: 0.01 }));
});

describe('lockstep evaluate', () => {
  test('scores the test images as the float64 reference does', async () => {
    const outcome = await runCli(['evaluate', run, '--data', sliceDirectory, '--json']);
    const report = JSON.parse(outcome.stdout);
    const { test: images } = await loadDataset({ directory: sliceDirectory, splits: ['test'] });
    const { parameters } = await readWeights(best);
    const reference = lossAndGradients({ parameters, ...images });
    expect(report.accuracy).toBe(reference.correct / 200);
    expect(report.loss).toBeCloseTo(reference.lossSum / 200, 5);
    expect(report.samples).toBe(200);
    expect(report.confusionMatrix.flat().reduce((sum: number, count: number) => sum + count)).toBe(200);
    const supports = report.classes.map((each: { support: number }) => each.support);
    expect(supports[3]).toBe(images.labels.filter((label) => label === 3).length);
  });

  test('scores the validation part exactly as the training did', async () => {
    const outcome = await runCli(['evaluate', best, '--split', 'validation', '--workers', '3', '--json']);
    const { bestValidationAccuracy } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
    expect(JSON.parse(outcome.stdout)).toMatchObject({ samples: 200, accuracy: bestValidationAccuracy });
  });

  test('scores a checkpoint with the weights of its step, and draws into the run’s folder', async () => {
    const checkpoints = readdirSync(join(run, 'checkpoints')).toSorted();
    expect(checkpoints).toHaveLength(3);
    const history = parseHistory(readFileSync(join(run, 'history.csv'), 'utf8'), 'history.csv');
    for (const [index, name] of checkpoints.entries()) {
      const path = join(run, 'checkpoints', name);
      const outcome = await runCli(['evaluate', path, '--split', 'validation', '--json']);
      expect(JSON.parse(outcome.stdout).accuracy).toBe(history[index]?.validationAccuracy);
      expect(existsSync(join(run, `confusion-validation-${basename(name, '.safetensors')}.png`))).toBe(true);
    }
    expect(readdirSync(join(run, 'checkpoints')).toSorted()).toEqual(checkpoints);
  });

  test('prints accuracy, loss, a row for each class and the confusion matrix, and draws it beside the run', async () => {
    const { stdout } = await runCli(['evaluate', run, '--data', sliceDirectory]);
    expect(stdout).toMatch(/^Test accuracy: 0\.\d{4}$/m);
    expect(stdout).toMatch(/^Ankle boot +0\.\d{3} +0\.\d{3} +0\.\d{3} +\d+$/m);
    expect(stdout).toContain('row: true class');
    expect(existsSync(join(run, 'confusion-test.png'))).toBe(true);
    expect(existsSync(join(run, 'confusion-test.svg'))).toBe(true);
  });

  test.each([
    { args: [join(folder, 'none')], exitCode: 3, message: /none: cannot be read/ },
    { args: [folder], exitCode: 3, message: /best\.safetensors: cannot be read/ },
    { args: [run, '--split', 'train'], exitCode: 2, message: /'train' is invalid.*test, validation/ },
    { args: [run, '--workers', '0'], exitCode: 2, message: /whole number from 1 to 256/ },
    { args: [], exitCode: 2, message: /missing required argument/ },
  ])(
    '$args.length arguments like $args: exit code $exitCode and one line',
    async ({ args, exitCode, message }) => {
      const outcome = await runCli(['evaluate', ...args]);
      expect(outcome.exitCode).toBe(exitCode);
      expect(outcome.stderr).toMatch(message);
      expect(outcome.stderr).not.toContain('    at ');
    },
  );
});

describe('lockstep summary', () => {
  test('shows the counts of the reference', async () => {
    const { stdout } = await runCli(['summary']);
    expect(stdout).toMatch(/^C1 .*, sigmoid +6×28×28 +156 +4,704 +117,600 +235,200$/m);
    expect(stdout).toMatch(/^S4 +average pool 2×2 +16×5×5 +0 +400 /m);
    expect(stdout).toMatch(/^total +61,706 +8,094 +416,520 +1,131,960$/m);
    expect(stdout).not.toContain('BN1');
  });

  test('shows what is chosen, and what batch normalization adds', async () => {
    const flags = ['--activation', 'relu', '--pooling', 'max', '--batch-norm', '--dropout', '0.2'];
    const { stdout } = await runCli(['summary', ...flags]);
    expect(stdout).toMatch(/^C1 +conv 5×5, 1→6, padding 2 +6×28×28 +156 /m);
    expect(stdout).toMatch(/^BN1 +batch norm, relu +6×28×28 +12 +0 +0 +0$/m);
    expect(stdout).toMatch(/^BN2 .* 16×10×10 +32 /m);
    expect(stdout).toMatch(/^S2 +max pool 2×2 /m);
    expect(stdout).toMatch(/^F6 +dense 120→84, relu, dropout 0.2 /m);
    expect(stdout).toMatch(/^output +dense 84→10, logits /m);
    expect(stdout).toMatch(/^total +61,750 +8,094 +416,520 +1,131,960$/m);
    expect(stdout).toContain('44 running means and variances');
  });

  test('takes a preset, and the environment over it', async () => {
    const preset = join(folder, 'preset.yaml');
    writeFileSync(preset, 'activation: tanh\npooling: max\n');
    const environment = { LOCKSTEP_POOLING: 'average' };
    const { stdout } = await runCli(['summary', '--config', preset], { environment });
    expect(stdout).toMatch(/^C5 +dense 400→120, tanh /m);
    expect(stdout).toMatch(/^S2 +average pool /m);
  });

  test('shows the model of a run', async () => {
    const variant = join(folder, 'variant');
    const options = { activation: 'tanh', batchNorm: true, dropout: 0.25 } as const;
    await train(sliceConfig({ runDir: variant, epochs: 1, limitTrain: 64, ...options }));
    const { stdout } = await runCli(['summary', variant]);
    expect(stdout).toMatch(/^BN2 +batch norm, tanh /m);
    expect(stdout).toMatch(/^C5 +dense 400→120, tanh, dropout 0.25 /m);
    expect(stdout).toMatch(/^total +61,750 /m);
  });

  test.each([
    { args: [run, '--batch-norm'], exitCode: 2, message: /of a run or that of settings.* and batchNorm/ },
    { args: ['--activation', 'gelu'], exitCode: 2, message: /activation must be sigmoid, tanh or relu/ },
    { args: [join(folder, 'none')], exitCode: 3, message: /none: cannot be read/ },
  ])('$args: exit code $exitCode', async ({ args, exitCode, message }) => {
    expect(await runCli(['summary', ...args])).toMatchObject({
      exitCode,
      stderr: expect.stringMatching(message),
    });
  });
});

describe('lockstep plot', () => {
  test('draws one run into its folder, and several into one picture', async () => {
    expect((await runCli(['plot', run])).stdout).toContain(join(run, 'curves.png'));
    const { exitCode } = await runCli(['plot', run, run, '--output', join(folder, 'both.png')]);
    expect(exitCode).toBe(0);
    expect(existsSync(join(folder, 'both.svg'))).toBe(true);
    expect(existsSync(join(folder, 'both.png'))).toBe(true);
  });

  test('a folder without a history is an error', async () => {
    expect(await runCli(['plot', folder])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('history.csv'),
    });
  });
});

describe('lockstep', () => {
  test.each([
    { args: ['trian'], message: /unknown command 'trian' \(Did you mean train\?\)/ },
    { args: [], message: /no command given/ },
  ])('$args is a usage error', async ({ args, message }) => {
    expect(await runCli(args)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) });
  });

  test('--help and --version are none', async () => {
    expect(await runCli(['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('fetch-data'),
    });
    expect(await runCli(['train', '--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('--micro-batch'),
    });
    expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
