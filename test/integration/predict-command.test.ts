import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { classify } from '../../src/coordinator/classify.ts';
import { loadDataset, type SplitTarget } from '../../src/coordinator/dataset/load-dataset.ts';
import { evaluateWeights, evaluationMicroBatch } from '../../src/coordinator/evaluator.ts';
import type { PredictionReport } from '../../src/coordinator/predict/predict-images.ts';
import { train } from '../../src/coordinator/trainer.ts';
import { readWeights } from '../../src/coordinator/weights-file.ts';
import { modelOf } from '../../src/coordinator/weights-model.ts';
import { classNames } from '../../src/shared/model.ts';
import { lossAndGradients } from '../reference/reference-engine.ts';
import { greyPainter, jpegOf, pngOf } from '../support/pictures.ts';
import { runCli } from '../support/run-cli.ts';
import { sliceConfig, sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
const weightsFile = join(run, 'best.safetensors');
const idxImages = join(sliceDirectory, 't10k-images-idx3-ubyte.gz');
const idxLabels = join(sliceDirectory, 't10k-labels-idx1-ubyte.gz');
const pictureCount = 40;

let images: SplitTarget;
/** What lockstep evaluate counts. */
let predictions: Uint8Array;
let accuracy: number;

beforeAll(async () => {
  const options = { activation: 'relu', pooling: 'max', batchNorm: true, init: 'he' } as const;
  await train(sliceConfig({ runDir: run, epochs: 4, learningRate: 0.002, ...options }));
  ({ test: images } = await loadDataset({ directory: sliceDirectory, splits: ['test'] }));
  const weights = await readWeights(weightsFile);
  const request = { ...images, parameters: weights.parameters, model: modelOf(weights) };
  ({ predictions, accuracy } = await classify(
    { ...request, microBatch: evaluationMicroBatch, workers: 1 },
    () => {},
  ));
  for (let index = 0; index < pictureCount; index++) {
    const image = imageAt(index);
    writeFileSync(join(folder, `${index}.png`), pngOf(28, 28, greyPainter(image)));
    writeFileSync(join(folder, `${index}.jpg`), jpegOf(28, 28, greyPainter(image)));
    const negative = image.map((grey) => 255 - grey);
    writeFileSync(join(folder, `${index}-large.png`), pngOf(140, 140, greyPainter(negative, 5)));
  }
});

function imageAt(index: number): Uint8Array {
  return images.images.subarray(784 * index, 784 * (index + 1));
}

async function predict(...args: string[]): Promise<PredictionReport> {
  const { exitCode, stdout, stderr } = await runCli(['predict', run, '--json', ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout);
}

const pictures = (suffix: string) =>
  Array.from({ length: pictureCount }, (_, index) => join(folder, `${index}${suffix}`));
const labelsOf = (report: PredictionReport) => report.images.map(({ top }) => top[0]?.label);

describe('lockstep predict', () => {
  test('classifies a PNG as evaluate does the image', async () => {
    const report = await predict(...pictures('.png'));
    expect(labelsOf(report)).toEqual([...predictions.subarray(0, pictureCount)]);
    expect(new Set(labelsOf(report)).size).toBeGreaterThan(4);
    expect(report.images[3]).toMatchObject({
      file: join(folder, '3.png'),
      preparation: { width: 28, height: 28, inverted: false },
    });
  });

  test('classifies enlarged negatives just so, and says that it inverted them', async () => {
    const [plain, negatives] = [await predict(...pictures('.png')), await predict(...pictures('-large.png'))];
    expect(negatives.images.map(({ top }) => top)).toEqual(plain.images.map(({ top }) => top));
    expect(negatives.images[0]?.preparation).toEqual({ width: 140, height: 140, inverted: true });
    const taken = await predict('--invert', 'no', ...pictures('-large.png'));
    expect(taken.images[0]?.preparation?.inverted).toBe(false);
    expect(taken.images.map(({ top }) => top)).not.toEqual(plain.images.map(({ top }) => top));
  });

  test('classifies a JPEG as its PNG, where that was clear', async () => {
    const [plain, compressed] = [await predict(...pictures('.png')), await predict(...pictures('.jpg'))];
    const clear = plain.images.flatMap(({ top: [first, second] }, index) =>
      (first?.probability ?? 0) > (second?.probability ?? 0) + 0.2 ? [index] : [],
    );
    expect(clear.length).toBeGreaterThan(pictureCount / 2);
    for (const index of clear) expect(labelsOf(compressed)[index]).toBe(labelsOf(plain)[index]);
  });

  test('tells probabilities: those of the float64 reference', async () => {
    const { parameters, ...weights } = await readWeights(weightsFile);
    const model = modelOf({ parameters, ...weights });
    for (const { index = 0, top } of (await predict(idxImages, '--limit', '5')).images) {
      expect(top).toHaveLength(3);
      for (const { label, name, probability } of top) {
        const sample = { images: imageAt(index), labels: Uint8Array.of(label) };
        const { lossSum } = lossAndGradients({ parameters, ...sample, model, evaluation: true });
        expect(probability).toBeCloseTo(Math.exp(-lossSum), 5);
        expect(name).toBe(classNames[label]);
      }
      const [first = 0, second = 0, third = 0] = top.map(({ probability }) => probability);
      expect(first >= second && second >= third).toBe(true);
    }
  });

  test('scores an IDX file with its labels as evaluate does', async () => {
    const report = await predict(idxImages, '--labels', idxLabels);
    const evaluation = await evaluateWeights({
      weightsFile,
      split: 'test',
      workers: 1,
      data: sliceDirectory,
    });
    expect(report.accuracy).toBe(evaluation.accuracy);
    expect(report.accuracy).toBe(accuracy);
    expect(labelsOf(report)).toEqual([...predictions]);
    expect(report.images.map(({ actual }) => actual)).toEqual(
      [...images.labels].map((label) => classNames[label]),
    );
    expect(report.classes.map(({ count }) => count)).toEqual(
      classNames.map((_, label) => predictions.filter((prediction) => prediction === label).length),
    );
  });

  test('takes an IDX file that is not compressed, its first images, and pictures in one go', async () => {
    const plain = join(folder, 'plain-idx');
    writeFileSync(plain, gunzipSync(readFileSync(idxImages)));
    const report = await predict(plain, join(folder, '5.png'), idxImages, '--limit', '3');
    expect(report.count).toBe(7);
    expect(labelsOf(report)).toEqual([0, 1, 2, 5, 0, 1, 2].map((index) => predictions[index]));
    const limited = await predict(plain, '--labels', idxLabels, '--limit', '10');
    const right = predictions.filter((label, index) => index < 10 && label === images.labels[index]).length;
    expect(limited.accuracy).toBe(right / 10);
  });

  test('shows a table: all pictures, of an IDX file the first, and the predicted classes', async () => {
    const { stdout } = await runCli(['predict', run, idxImages, '--labels', idxLabels]);
    expect(stdout).toMatch(/^image +actual +prediction +second +third *$/m);
    expect(stdout).toMatch(/ubyte\.gz \[19\] /);
    expect(stdout).not.toContain('ubyte.gz [20] ');
    expect(stdout).toContain('… and 180 more; --json lists all.');
    expect(stdout).toContain(`accuracy: ${accuracy.toFixed(4)} of 200 images`);
    const table = (await runCli(['predict', run, ...pictures('-large.png')])).stdout;
    expect(table.match(/-large\.png +140×140, inverted +\S.* %/g)).toHaveLength(pictureCount);
  });
});

describe('files that cannot be used', () => {
  beforeAll(() => {
    const png = readFileSync(join(folder, '0.png'));
    writeFileSync(join(folder, 'cut.png'), png.subarray(0, png.length / 2));
    writeFileSync(join(folder, 'cut.jpg'), readFileSync(join(folder, '0.jpg')).subarray(0, 400));
    writeFileSync(join(folder, 'text.png'), 'no picture');
    writeFileSync(join(folder, 'empty.png'), '');
    writeFileSync(join(folder, 'cut-idx.gz'), readFileSync(idxImages).subarray(0, 9000));
    mkdirSync(join(folder, 'folder.png'));
  });

  test.each([
    { file: 'cut.png', message: /^error: \S+cut\.png: the PNG is damaged or cut off \(.*\)\.$/ },
    { file: 'cut.jpg', message: /^error: \S+cut\.jpg: the JPEG is damaged or cut off \(.*\)\.$/ },
    { file: 'text.png', message: /^error: \S+text\.png: neither a PNG or JPEG nor an IDX file of images\.$/ },
    { file: 'empty.png', message: /^error: \S+empty\.png: neither a PNG or JPEG nor/ },
    { file: 'none.png', message: /^error: \S+none\.png: not found\.$/ },
    { file: 'folder.png', message: /^error: \S+folder\.png: not a regular file\.$/ },
    { file: 'cut-idx.gz', message: /^error: \S+cut-idx\.gz: its IDX header declares .* truncated/ },
  ])('$file: one line and exit code 3, and the others are classified', async ({ file, message }) => {
    const args = ['predict', run, join(folder, '0.png'), join(folder, file), join(folder, '1.png')];
    const { exitCode, stdout, stderr } = await runCli(args);
    expect(exitCode).toBe(3);
    expect(stderr.trim()).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout.match(/\d\.png .* %/g)).toHaveLength(2);
  });

  test('are listed in the JSON too', async () => {
    const { exitCode, stdout } = await runCli(['predict', run, '--json', join(folder, 'text.png')]);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      count: 0,
      images: [],
      failures: [{ file: join(folder, 'text.png'), error: expect.stringContaining('neither a PNG') }],
    });
  });

  test.each([
    {
      args: () => [join(folder, '0.png'), join(folder, '1.png')],
      exitCode: 2,
      message: /run or weights file comes first/,
    },
    {
      args: () => [folder, join(folder, '1.png')],
      exitCode: 3,
      message: /best\.safetensors: cannot be read/,
    },
    { args: () => [run], exitCode: 2, message: /missing required argument 'image'/ },
    {
      args: () => [run, idxImages, '--invert', 'maybe'],
      exitCode: 2,
      message: /'maybe' is invalid.*auto, yes, no/,
    },
    {
      args: () => [run, idxImages, '--labels', idxImages],
      exitCode: 3,
      message: /IDX magic 0x00000803, expected 0x00000801 \(labels\)/,
    },
    {
      args: () => [run, join(folder, '0.png'), '--labels', idxLabels],
      exitCode: 2,
      message: /200 labels, expected 1: one for each image of/,
    },
    {
      args: () => [run, idxImages, idxImages, '--labels', idxLabels],
      exitCode: 2,
      message: /--labels takes one IDX file of images, got 2/,
    },
  ])('$message: exit code $exitCode', async ({ args, exitCode, message }) => {
    const outcome = await runCli(['predict', ...args()]);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).not.toContain('    at ');
    expect(outcome.exitCode).toBe(exitCode);
  });
});
