import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { loadDataset } from '../../src/coordinator/dataset/load-dataset.ts';
import { augmentImages } from '../../src/coordinator/preview/augmented-images.ts';
import { noAugmentation } from '../../src/shared/model-options.ts';
import { splitIndices } from '../../src/shared/sampler.ts';
import { runCli } from '../support/run-cli.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const output = join(folder, 'sheet');

function preview(...flags: string[]) {
  return runCli(['preview', '--data', sliceDirectory, '--output', output, ...flags]);
}

/** The pictures in the SVG, row by row, one pixel for each of theirs. */
function tilesOf(svg: string): { x: number; y: number; image: Uint8Array }[] {
  return [...svg.matchAll(/<image x="(\d+)" y="(\d+)".*?base64,([^"]+)"/g)].map(([, x, y, data]) => {
    const png = PNG.sync.read(Buffer.from(data as string, 'base64'));
    expect([png.width, png.height]).toEqual([112, 112]);
    const image = Uint8Array.from({ length: 784 }, (_, at) => {
      const [row, column] = [Math.floor(at / 28), at % 28];
      return png.data[4 * ((4 * row + 2) * 112 + 4 * column + 2)] as number;
    });
    return { x: Number(x), y: Number(y), image };
  });
}

describe('lockstep preview', () => {
  test('draws each original and what the epochs see of it, with class and position, pixel by pixel', async () => {
    const config = join(folder, 'preset.yaml');
    writeFileSync(config, 'augmentShift: 2\nseed: 7\nepochs: 3\n');
    const outcome = await preview('--config', config, '--augment-flip', '--samples', '12', '--epochs', '2-4');
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.stdout).toMatch(/^drawn in .*sheet\.png$/m);
    const svg = readFileSync(`${output}.svg`, 'utf8');
    const tiles = tilesOf(svg);
    expect(tiles).toHaveLength(48);

    const { train } = await loadDataset({ directory: sliceDirectory, splits: ['train'] });
    const samples = [...svg.matchAll(/>image (\d+)</g)].map(([, sample]) => Number(sample));
    const inTraining = new Set(splitIndices(7, 1000, 0.2).train);
    expect(samples.every((sample) => inTraining.has(sample))).toBe(true);
    expect(samples.map((sample) => train.labels[sample])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect(svg).toContain('>Ankle boot</text>');

    const originals = new Uint8Array(784 * samples.length);
    for (const [row, sample] of samples.entries()) {
      originals.set(train.images.subarray(784 * sample, 784 * (sample + 1)), 784 * row);
    }
    const options = { seed: 7, augmentation: { ...noAugmentation, flip: true, shift: 2 } };
    const epochs = await augmentImages(options, originals, Uint32Array.from(samples), [2, 3, 4]);
    for (const [index, { image }] of tiles.entries()) {
      const row = Math.floor(index / 4);
      const images = [originals, ...epochs][index % 4] as Uint8Array;
      expect(Buffer.compare(image, images.subarray(784 * row, 784 * (row + 1)))).toBe(0);
    }

    // The PNG, at twice the units of the SVG, shows the same.
    const png = PNG.sync.read(readFileSync(`${output}.png`));
    for (const { x, y, image } of tiles) {
      for (const at of [0, 27, 400, 405, 410, 783]) {
        const [row, column] = [Math.floor(at / 28), at % 28];
        const [left, top] = [2 * x + 4 * column, 2 * y + 4 * row];
        for (const [dx, dy] of [
          [0, 0],
          [3, 3],
        ] as const) {
          expect(png.data[4 * ((top + dy) * png.width + left + dx)]).toBe(image[at]);
        }
      }
    }
  });

  test('says what is done to the images', async () => {
    await preview('--augment-rotation', '7.5', '--augment-erasing', '0.25', '--epochs', '3');
    const svg = readFileSync(`${output}.svg`, 'utf8');
    expect(svg).toContain('>turned by up to 7.5° · a rectangle blackened in 25 % · seed 0</text>');
    expect(svg).toContain('>Epoch 3</text>');
    expect(tilesOf(svg)).toHaveLength(20);
  });

  test.each([
    [[], 2, /these settings change no image.*\nAdd --augment-flip/],
    [
      ['--augment-shift', '15'],
      2,
      /augmentShift must be a whole number from 0 to 14, got 15 \(--augment-shift\)/,
    ],
    [['--augment-flip', '--epochs', '8-1'], 2, /at most 16 epochs, like 1-8/],
    [['--augment-flip', '--epochs', '0'], 2, /at most 16 epochs/],
    [['--augment-flip', '--epochs', '1-17'], 2, /at most 16 epochs/],
    [['--augment-flip', '--samples', '101'], 2, /at most 100/],
    [['--augment-flip', '--batch-size', '3'], 2, /unknown option '--batch-size'/],
    [['--augment-flip', '--config', join(folder, 'none')], 2, /none cannot be read/],
    [['--augment-flip', '--data', folder], 3, /neither train-images/],
    [['--augment-flip', '--output', join(folder, 'none', 'x')], 4, /cannot be written/],
  ])('%j: exit code %i and one line', async (flags, exitCode, message) => {
    const outcome = await preview(...flags);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr).not.toContain('    at ');
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
