import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readEnvironment, readFlags, readPreset } from '../../../src/coordinator/config/config-sources.ts';
import { resolveConfig } from '../../../src/coordinator/config/resolve-config.ts';
import { ConfigError } from '../../../src/shared/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function preset(text: string): string {
  const path = join(folder, 'preset.yaml');
  writeFileSync(path, text);
  return path;
}

function problemsOf(resolve: () => unknown): readonly string[] {
  try {
    resolve();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('no problem was found');
}

describe('resolveConfig', () => {
  test('fills in the defaults of the reference', () => {
    expect(resolveConfig([], 3)).toEqual({
      workers: 3,
      device: 'cpu',
      wideVectors: false,
      epochs: 10,
      batchSize: 128,
      microBatch: 16,
      learningRate: 0.001,
      seed: 0,
      workerTimeout: 60,
      maxWorkerRestarts: 3,
      checkpointEvery: '1 epoch',
      keepCheckpoints: 3,
      init: 'pytorch',
      activation: 'sigmoid',
      pooling: 'average',
      batchNorm: false,
      dropout: 0,
      labelSmoothing: 0,
      weightDecay: 0,
      schedule: 'constant',
      warmupEpochs: 0,
      decayFactor: 0.1,
      decayEpochs: 5,
      accumulate: 1,
      augmentFlip: false,
      augmentShift: 0,
      augmentRotation: 0,
      augmentErasing: 0,
    });
  });

  test('flags override the environment, which overrides the preset, which overrides the defaults', () => {
    const sources = [
      readFlags({ epochs: '7' }),
      readEnvironment({ LOCKSTEP_EPOCHS: '6', LOCKSTEP_BATCH_SIZE: '64', HOME: '/root' }),
      readPreset(preset('epochs: 5\nbatchSize: 32\nlearningRate: 0.01\n')),
    ];
    expect(resolveConfig(sources, 1)).toMatchObject({
      epochs: 7,
      batchSize: 64,
      learningRate: 0.01,
      microBatch: 16,
    });
  });

  test('reports all problems of all sources at once, with field, value, expectation and place', () => {
    const path = preset('batchsize: 64\nlearningRate: fast\n');
    const sources = [
      readFlags({ epochs: '0', workers: '1.5' }),
      readEnvironment({ LOCKSTEP_SEED: '-1', LOCKSTEP_MICROBATCH: '8' }),
      readPreset(path),
    ];
    expect(problemsOf(() => resolveConfig(sources, 1))).toEqual([
      'unknown environment variable "LOCKSTEP_MICROBATCH"; did you mean "LOCKSTEP_MICRO_BATCH"?',
      `unknown setting "batchsize" in ${path}; did you mean "batchSize"?`,
      'workers must be a whole number from 1 to 256, got 1.5 (--workers).',
      'epochs must be a whole number of at least 1, got 0 (--epochs).',
      `learningRate must be a number above 0 and at most 1000, got "fast" (${path}).`,
      'seed must be a whole number from 0 to 9007199254740991, got -1 (LOCKSTEP_SEED).',
    ]);
  });

  test('shows no password', () => {
    const [problem] = problemsOf(() =>
      resolveConfig([readFlags({ pushgateway: 'ftp://u:secret@host/' })], 1),
    );
    expect(problem).toContain('got "ftp://…@host/" (--pushgateway)');
  });

  test.each([
    ['learningRate', 'nan'],
    ['learningRate', 'Infinity'],
    ['learningRate', '0'],
    ['seed', '9007199254740992'],
    ['seed', '0x10'],
    ['epochs', '3 epochs'],
    ['limitTrain', '-0'],
    ['microBatch', '1025'],
  ])('refuses %s %s', (key, text) => {
    expect(problemsOf(() => resolveConfig([readFlags({ [key]: text })], 1))).toEqual([
      expect.stringMatching(new RegExp(`^${key} must be `)),
    ]);
  });

  test.each([
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['+2', 2],
  ])('reads the number %s', (text, value) => {
    expect(resolveConfig([readFlags({ learningRate: text })], 1).learningRate).toBe(value);
  });

  test('a micro-batch larger than the batch is refused with both values', () => {
    expect(problemsOf(() => resolveConfig([readFlags({ batchSize: '8' })], 1))).toEqual([
      'microBatch must be at most batchSize (8), got 16.',
    ]);
  });
});

describe('readPreset', () => {
  test('a missing file, a list and broken YAML are one problem each', () => {
    expect(problemsOf(() => readPreset(join(folder, 'none.yaml')))).toEqual([
      `--config ${join(folder, 'none.yaml')} cannot be read: there is no such file.`,
    ]);
    expect(problemsOf(() => readPreset(preset('- 1\n- 2\n')))[0]).toContain('must hold a mapping');
    expect(problemsOf(() => readPreset(preset('a: [1\n')))[0]).toContain('is not valid YAML');
    expect(problemsOf(() => readPreset(preset('epochs: 1\nepochs: 2\n')))[0]).toContain('is not valid YAML');
  });

  test('an empty file sets nothing', () => {
    expect(readPreset(preset('')).values.size).toBe(0);
  });
});
