import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { classify } from '../../src/coordinator/classify.ts';
import { loadDataset, type SplitTarget } from '../../src/coordinator/dataset/load-dataset.ts';
import { evaluateWeights, evaluationMicroBatch } from '../../src/coordinator/evaluator.ts';
import { train } from '../../src/coordinator/trainer.ts';
import { readWeights } from '../../src/coordinator/weights-file.ts';
import { modelOf } from '../../src/coordinator/weights-model.ts';
import type { Config } from '../../src/shared/config.ts';
import { classNames } from '../../src/shared/model.ts';
import { openTensorflowBackend } from '../../src/worker/tfjs/backends/tensorflow-backend.ts';
import { officialDirectory } from '../coordinator/dataset/official-data.ts';
import {
  missingForOnnx,
  missingForTorch,
  openPlainTfjs,
  predictionsOf,
  runOnnx,
  runTfjs,
  runTorch,
  type TfjsLibrary,
} from '../support/exported-models.ts';
import { runCli } from '../support/run-cli.ts';
import { missingForTensorflow } from '../support/software-gpu.ts';
import { sliceConfig, sliceDirectory, temporaryFolder } from '../support/training.ts';

process.env['TF_CPP_MIN_LOG_LEVEL'] = '2';

const folder = temporaryFolder();
const withAddon = missingForTensorflow() === undefined;
/** All 10,000 test images where the machine has them, else the first 200. */
const data = officialDirectory ?? sliceDirectory;
const how = withAddon ? 'in its native addon' : 'in plain JavaScript';

const models: { name: string; settings: Partial<Config> }[] = [
  // With seed 0, one image has two equal logits, to 1.5e-7 of the largest: whoever adds up in another order may take the other class.
  { name: 'reference', settings: { learningRate: 0.005, seed: 1 } },
  {
    name: 'variant',
    settings: { activation: 'relu', pooling: 'max', batchNorm: true, init: 'he', dropout: 0.1 },
  },
];
const runOf = (name: string) => join(folder, name);

let images: SplitTarget;
/** What lockstep itself predicts for each test image, by model. */
const predictions: Record<string, Uint8Array> = {};

beforeAll(async () => {
  ({ test: images } = await loadDataset({ directory: data, splits: ['test'] }));
  for (const { name, settings } of models) {
    const runDir = runOf(name);
    await train(sliceConfig({ data, microBatch: 16, workers: 2, ...settings, runDir }));
    const weights = await readWeights(join(runDir, 'best.safetensors'));
    const request = { ...images, parameters: weights.parameters, model: modelOf(weights) };
    const found = await classify({ ...request, microBatch: evaluationMicroBatch, workers: 2 }, () => {});
    predictions[name] = found.predictions;
  }
});

async function exportTo(format: string, output: (name: string) => string): Promise<string[]> {
  const paths: string[] = [];
  for (const { name } of models) {
    const args = ['export', runOf(name), '--format', format, '--output', output(name)];
    const { exitCode, stdout, stderr } = await runCli(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    paths.push(stdout.trim());
  }
  return paths;
}

function expectSamePredictions(logits: readonly Float32Array[]): void {
  for (const [index, { name }] of models.entries()) {
    const own = predictionsOf(logits[index] as Float32Array);
    expect(own, name).toEqual(predictions[name]);
  }
}

/** A process can hold one copy of TensorFlow.js only: their state is global. */
async function openTfjs(): Promise<TfjsLibrary> {
  if (!withAddon) return await openPlainTfjs();
  const { tensorflow } = await openTensorflowBackend(false);
  // The addon's package has all of TensorFlow.js.
  return { tensorflow, layers: tensorflow as unknown as TfjsLibrary['layers'] };
}

describe(`lockstep export, on ${officialDirectory === undefined ? 200 : '10,000'} test images`, () => {
  test('what is compared is what evaluate scores, and learnt something', async () => {
    for (const { name } of models) {
      const weightsFile = join(runOf(name), 'best.safetensors');
      const report = await evaluateWeights({ weightsFile, split: 'test', workers: 2, data });
      const correct = images.labels.filter((label, index) => label === predictions[name]?.[index]).length;
      expect(report.accuracy).toBe(correct / images.labels.length);
      expect(new Set(predictions[name]).size, name).toBeGreaterThan(5);
    }
  });

  test('--format onnx: onnxruntime predicts the same; the file tells how to use it', async (context) => {
    if (missingForOnnx !== undefined) context.skip(missingForOnnx);
    const results = runOnnx(
      images.images,
      await exportTo('onnx', (name) => join(folder, `${name}.onnx`)),
      folder,
    );
    expectSamePredictions(results.map(({ logits }) => logits));
    const { weights_sha256 } = Object.fromEntries(
      (await readWeights(join(runOf('variant'), 'best.safetensors'))).metadata,
    );
    expect(results[1]?.description).toMatchObject({
      inputs: { image: ['tensor(float)', 'N', 1, 28, 28] },
      outputs: { logits: ['tensor(float)', 'N', 10] },
      producer: 'lockstep',
      metadata: {
        model: 'LeNet-5',
        activation: 'relu',
        batch_norm: 'true',
        labels: JSON.stringify(classNames),
        preprocessing: expect.stringContaining('divided by 255'),
        validation_accuracy: expect.stringMatching(/^0\.\d+$/),
        weights_sha256,
      },
    });
  });

  test('--format safetensors: PyTorch predicts the same', async (context) => {
    if (missingForTorch !== undefined) context.skip(missingForTorch);
    const paths = await exportTo('safetensors', (name) => join(folder, `${name}.safetensors`));
    expectSamePredictions(runTorch(images.images, paths, folder));
  });

  test('--format safetensors: lockstep reads it as it reads the run, and it tells nothing of this machine’s folders', async () => {
    const [, path = ''] = await exportTo('safetensors', (name) => join(folder, `${name}-again.safetensors`));
    const [own, exported] = [
      await readWeights(join(runOf('variant'), 'best.safetensors')),
      await readWeights(path),
    ];
    expect(exported.parameters).toEqual(own.parameters);
    expect(modelOf(exported)).toEqual({ activation: 'relu', pooling: 'max', batchNorm: true });
    expect(exported.metadata.get('labels')).toBe(JSON.stringify(classNames));
    expect(readFileSync(path).includes(data)).toBe(false);
    expect(readFileSync(path).includes(folder)).toBe(false);
  });

  test(`--format tfjs: TensorFlow.js predicts the same, ${how}`, async () => {
    const library = await openTfjs();
    const descriptions = await exportTo('tfjs', (name) => join(folder, `${name}-tfjs`));
    const results: Awaited<ReturnType<typeof runTfjs>>[] = [];
    for (const path of descriptions) results.push(await runTfjs(library, dirname(path), images.images));
    expectSamePredictions(results.map(({ logits }) => logits));
    expect(results[0]?.inputShape).toEqual([null, 28, 28, 1]);
    expect(results[0]?.metadata).toMatchObject({
      labels: classNames,
      input: 'float32 [N, 28, 28, 1]',
      pooling: 'average',
    });
  }, 300_000);
});

describe('lockstep export', () => {
  test('writes beside the weights where no place is named, and another model into the same folder', async () => {
    for (const format of ['onnx', 'safetensors', 'tfjs']) {
      const { stdout } = await runCli(['export', runOf('reference'), '--format', format]);
      expect(existsSync(stdout.trim())).toBe(true);
      expect(stdout.startsWith(runOf('reference'))).toBe(true);
    }
    const tfjs = join(runOf('reference'), 'tfjs');
    const before = readdirSync(tfjs);
    await runCli(['export', runOf('variant'), '--format', 'tfjs', '--output', tfjs]);
    expect(readdirSync(tfjs)).toHaveLength(2);
    expect(readdirSync(tfjs)).not.toEqual(before);
  });

  test.each([
    { args: ['--format', 'pickle'], exitCode: 2, message: /'pickle' is invalid.*onnx, safetensors, tfjs/ },
    { args: [], exitCode: 2, message: /required option '--format <name>' not specified/ },
    {
      args: ['--format', 'onnx', '--output', '/nonexistent/m.onnx'],
      exitCode: 4,
      message: /m\.onnx: cannot be written: ENOENT.*\n.*--output/,
    },
    {
      args: ['--format', 'tfjs', '--output', '/dev/null/x'],
      exitCode: 4,
      message: /\/dev\/null\/x: cannot be written: ENOTDIR.*\n.*--output/,
    },
  ])('$args: exit code $exitCode and one line', async ({ args, exitCode, message }) => {
    const outcome = await runCli(['export', runOf('reference'), ...args]);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).not.toContain('    at ');
    expect(outcome.stdout).toBe('');
  });

  test('without weights, or with damaged ones: exit code 3, and nothing is written', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    writeFileSync(join(folder, 'damaged.safetensors'), 'x'.repeat(100));
    for (const [path, message] of [
      [empty, /best\.safetensors: cannot be read/],
      [join(folder, 'damaged.safetensors'), /damaged\.safetensors/],
    ] as const) {
      const outcome = await runCli(['export', path, '--format', 'onnx', '--output', join(empty, 'm.onnx')]);
      expect(outcome.exitCode).toBe(3);
      expect(outcome.stderr).toMatch(message);
    }
    expect(readdirSync(empty)).toEqual([]);
  });

  test('onto a folder: exit code 4, and nothing is left behind', async () => {
    const occupied = join(folder, 'occupied');
    mkdirSync(join(occupied, 'm.onnx'), { recursive: true });
    const args = ['export', runOf('reference'), '--format', 'onnx', '--output', join(occupied, 'm.onnx')];
    const { exitCode, stderr } = await runCli(args);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/m\.onnx: cannot be written: EISDIR/);
    expect(readdirSync(occupied)).toEqual(['m.onnx']);
  });
});
