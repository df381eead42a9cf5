import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readEnvironment, readSettings } from '../../../src/coordinator/config/config-sources.ts';
import { readSweepFile } from '../../../src/coordinator/sweep/sweep-file.ts';
import { planSweep } from '../../../src/coordinator/sweep/sweep-plan.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();
const path = join(folder, 'my sweep.yaml');

function plan(text: string, said: { flags?: object; environment?: Record<string, string> } = {}) {
  writeFileSync(path, text);
  return planSweep(readSweepFile(path), {
    flags: readSettings({ ...said.flags }, 'the command line'),
    environment: readEnvironment(said.environment ?? {}),
    workers: 3,
  });
}

function problemsOf(text: string, said: Parameters<typeof plan>[1] = {}): readonly string[] {
  try {
    plan(text, said);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map((problem) => problem.replaceAll(path, 'FILE'));
    throw error;
  }
  throw new Error('no problem was found');
}

describe('planSweep', () => {
  test('trains each run of the list at each point of the grid with each seed, the first seed of all first', () => {
    const { runs, axes } = plan(`
      base: { epochs: 2 }
      seeds: [7, 8]
      grid: { learningRate: [0.001, 0.002], activation: [sigmoid, relu] }
      runs: [{ name: plain }, { name: wide one, batchSize: 256 }]
    `);
    expect(axes).toEqual(['run', 'learningRate', 'activation']);
    expect(runs).toHaveLength(16);
    expect(runs.map(({ config }) => config.seed)).toEqual([...Array(8).fill(7), ...Array(8).fill(8)]);
    expect(runs.slice(3, 6).map(({ folder }) => folder)).toEqual([
      'plain,learningRate=0.002,activation=relu/seed-7',
      'wide-one,learningRate=0.001,activation=sigmoid/seed-7',
      'wide-one,learningRate=0.001,activation=relu/seed-7',
    ]);
    expect(runs[5]?.config).toMatchObject({
      epochs: 2,
      batchSize: 256,
      learningRate: 0.001,
      activation: 'relu',
      microBatch: 16,
      workers: 3,
    });
    expect(runs[5]?.configuration).toMatchObject({
      label: 'wide one, learningRate 0.001, activation relu',
      values: ['wide one', '0.001', 'relu'],
    });
  });

  test('without anything but seeds has one configuration, with the name of the sweep', () => {
    const { runs, name } = plan('seeds: [1, 2]');
    expect(name).toBe('my sweep');
    expect(runs.map(({ folder }) => folder)).toEqual(['my-sweep/seed-1', 'my-sweep/seed-2']);
    expect(plan('name: other\nbase: { seed: 4 }').runs.map(({ folder }) => folder)).toEqual(['other/seed-4']);
  });

  test('flags override the grid and the runs, these the environment, and that the base', () => {
    const text =
      'base: { epochs: 2, batchSize: 64, data: here }\nruns: [{ name: a, workers: 2, batchSize: 32 }]';
    const environment = { LOCKSTEP_EPOCHS: '4', LOCKSTEP_BATCH_SIZE: '16', LOCKSTEP_SEED: '5' };
    const [run] = plan(text, { flags: { workers: 1, data: 'there' }, environment }).runs;
    expect(run?.config).toMatchObject({ workers: 1, data: 'there', epochs: 4, batchSize: 32, seed: 5 });
    expect(run?.setsWorkers).toBe(true);
    expect(plan('seeds: [0]').runs[0]?.setsWorkers).toBe(false);
  });

  test('finds a base beside the file, and keeps what it says', () => {
    mkdirSync(join(folder, 'presets'), { recursive: true });
    writeFileSync(join(folder, 'presets', 'base.yaml'), 'epochs: 3\nmetricsPort: 9999\ntensorboard: true\n');
    const { runs, stored } = plan('base: presets/base.yaml\ngrid: { dropout: [0, 0.5] }', {
      environment: { LOCKSTEP_BATCH_SIZE: '64' },
    });
    expect(runs[1]).toMatchObject({ config: { epochs: 3, dropout: 0.5, batchSize: 64 }, tensorboard: true });
    expect(stored).toMatchObject({
      name: 'my sweep',
      base: { epochs: 3, batchSize: 64 },
      grid: { dropout: [0, 0.5] },
    });
  });

  test('takes the example', () => {
    const example = fileURLToPath(
      new URL('../../../config/sweeps/activation-and-pooling.yaml', import.meta.url),
    );
    const nothing = { values: new Map(), problems: [] };
    const { runs } = planSweep(readSweepFile(example), { flags: nothing, environment: nothing, workers: 1 });
    expect(runs).toHaveLength(18);
  });

  test('the kept sweep is the same sweep', () => {
    const text = 'base: { epochs: 3 }\nseeds: [2]\nruns: [{ name: a, dropout: 0.1 }]';
    const { stored, runs } = plan(text, {
      flags: { data: 'there' },
      environment: { LOCKSTEP_POOLING: 'max' },
    });
    const again = plan(JSON.stringify(stored));
    expect(again.runs.map(({ folder, config }) => ({ folder, config }))).toEqual(
      runs.map(({ folder, config }) => ({ folder, config })),
    );
  });
});

describe('a sweep that is wrong', () => {
  test('shows all problems of its shape at once', () => {
    expect(
      problemsOf(`
        sedes: [1]
        seeds: [1, 1.5, 1]
        base: [epochs]
        grid: { learningRate: 0.1, dropout: [] }
        runs: [{ batchSize: 64 }, { name: a/b }, { name: c, epochs: [1] }]
        name: ../x
      `),
    ).toEqual([
      expect.stringMatching(/^name must be a name of up to 60 letters.*, got "\.\.\/x" \(FILE\)\.$/),
      'base must be the path of a preset, or a mapping of settings, got ["epochs"] (FILE).',
      'seeds[1] must be a whole number, got 1.5 (FILE).',
      'grid.learningRate must be a list of values like [0.001, 0.002], got 0.1 (FILE).',
      'grid.dropout must be a list of at least one value, got [] (FILE).',
      expect.stringMatching(/^runs\[0\]\.name must be a name.*, got nothing \(FILE\)\.$/),
      expect.stringMatching(/^runs\[1\]\.name must be a name.*, got "a\/b" \(FILE\)\.$/),
      'runs[2].epochs must be a number, a text, true or false, got [1] (FILE).',
      'unknown key "sedes" in FILE; did you mean "seeds"?',
    ]);
  });

  test('shows all problems of its settings at once, each one once', () => {
    expect(
      problemsOf(
        `
        base: { epohcs: 3, epochs: 0, runDir: here }
        seeds: [0, -1]
        grid: { learningRate: [0.001, fast], seed: [1, 2] }
        runs: [{ name: a, runDir: x }, { name: b, batchsize: 64, learningRate: 1 }]
        `,
        { environment: { LOCKSTEP_SED: '1', LOCKSTEP_RUN_DIR: 'x' } },
      ),
    ).toEqual([
      'unknown environment variable "LOCKSTEP_SED"; did you mean "LOCKSTEP_SEED"?',
      'runDir cannot be set in LOCKSTEP_RUN_DIR: each run of a sweep has a folder of its own below --output.',
      'unknown setting "epohcs" in FILE, base; did you mean "epochs"?',
      'runDir cannot be set in FILE, base: each run of a sweep has a folder of its own below --output.',
      'learningRate is given twice, in the grid and in run "b" (FILE).',
      'seed cannot be set in FILE, grid: list the seeds under "seeds".',
      'runDir cannot be set in FILE, run "a": each run of a sweep has a folder of its own below --output.',
      'unknown setting "batchsize" in FILE, run "b"; did you mean "batchSize"?',
      'epochs must be a whole number of at least 1, got 0 (FILE, base).',
      'learningRate must be a number above 0 and at most 1000, got "fast" (FILE, grid).',
      'seed must be a whole number from 0 to 9007199254740991, got -1 (FILE, seeds).',
    ]);
  });

  test.each([
    [
      'two runs of one name',
      'runs: [{ name: a }, { name: A }]',
      /^"a" and "A" would have the same folder, A \(/,
    ],
    [
      'a value twice',
      'grid: { dropout: [0.1, 1e-1] }',
      /"dropout 0.1" and "dropout 0.1" would have the same/,
    ],
    ['equal seeds', 'seeds: [1, 1]', /^seeds must be a list of different seeds, got \[1,1\]/],
    [
      'a base that is not there',
      'base: none.yaml',
      /^base \/.*none\.yaml cannot be read: there is no such file/,
    ],
    ['a list', '- 1', /^the sweep FILE must hold a mapping/],
    ['what is no YAML', 'grid: {', /^the sweep FILE is not valid YAML/],
    [
      'settings that do not fit together',
      'runs: [{ name: a, batchSize: 8 }]',
      /^microBatch must be at most batchSize/,
    ],
    [
      'more runs than a life is long',
      `grid: { ${['epochs', 'batchSize', 'decayEpochs', 'patience'].map((key) => `${key}: [${[...Array(20).keys()].map((n) => n + 100)}]`).join(', ')} }`,
      /^a sweep has at most 10000 runs, and FILE asks for 160000\.$/,
    ],
  ])('%s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });
});
