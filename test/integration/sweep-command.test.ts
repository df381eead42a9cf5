import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/shared/config.ts';
import { startCli } from '../support/cli-process.ts';
import { runCli } from '../support/run-cli.ts';
import { outcomeIn, resultsIn, sweepBase } from '../support/sweeps.ts';
import { sliceConfig, sliceDirectory, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const sweep = {
  base: sweepBase,
  seeds: [0, 1],
  grid: { activation: ['sigmoid', 'relu'], batchSize: [64, 48] },
};
const file = join(folder, 'small.yaml');
writeFileSync(file, JSON.stringify({ ...sweep, base: { ...sweepBase, batchSize: undefined } }));

/** The table without its last column, the times. */
function tableOf(stdout: string): string[] {
  const lines = stdout.split('\n');
  const first = lines.findIndex((line) => line.startsWith('activation'));
  return lines.slice(first, first + 5).map((line) => line.replace(/ +[\d.]+ s$/, ''));
}

const whole = join(folder, 'whole');
let stdout: string;
beforeAll(async () => {
  const outcome = await runCli(['sweep', file, '--output', whole, '--workers', '2', '--test']);
  expect(outcome).toMatchObject({ exitCode: 0 });
  stdout = outcome.stdout;
}, 120_000);

describe('lockstep sweep', () => {
  test('every run is the one that lockstep train makes of the same settings', async () => {
    const { runs } = resultsIn(whole);
    expect(runs).toHaveLength(8);
    expect(new Set(runs.map(({ weightsSha256 }) => weightsSha256)).size).toBe(8);
    for (const [index, { folder: at, seed, weightsSha256, bestValidationAccuracy }] of runs.entries()) {
      const [, activation, batchSize] = /activation=(\w+),batchSize=(\d+)/.exec(at) ?? [];
      const settings = { activation: activation as Config['activation'], batchSize: Number(batchSize), seed };
      const runDir = join(folder, `single-${index}`);
      const { result } = await trainToEnd(sliceConfig({ ...sweepBase, ...settings, runDir }));
      expect({ weightsSha256, bestValidationAccuracy }).toEqual({
        weightsSha256: result.weightsSha256,
        bestValidationAccuracy: result.bestValidationAccuracy,
      });
    }
  });

  test('scores the best weights as lockstep evaluate does', async () => {
    const [run] = resultsIn(whole).runs;
    const evaluation = await runCli([
      'evaluate',
      join(whole, run?.folder ?? ''),
      '--data',
      sliceDirectory,
      '--json',
    ]);
    expect(run?.testAccuracy).toBe(JSON.parse(evaluation.stdout).accuracy);
  });

  test('prints a line for each run with the time left, and a table with the best configuration first', () => {
    const lines = stdout.split('\n').filter((line) => /^\d\/8 {2}/.test(line));
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(
      /^1\/8 {2}activation sigmoid, batchSize 64, seed 0 {2}val acc 0\.\d{4} \(epoch \d\) {2}[\d.]+ s {2}about [\d.]+ s left$/,
    );
    expect(lines[7]).not.toContain('left');
    const [header, ...rows] = tableOf(stdout);
    expect(header).toMatch(
      /^activation +batchSize +runs +best validation accuracy, % +test accuracy, % +time of a run$/,
    );
    const { configurations, runs } = resultsIn(whole);
    const means = configurations.map(({ configuration }) => {
      const values = runs
        .filter((run) => run.configuration === configuration)
        .map((run) => run.bestValidationAccuracy);
      const [one, other] = values as [number, number];
      // The standard deviation of two values.
      return { mean: (one + other) / 2, deviation: Math.abs(one - other) / Math.SQRT2 };
    });
    expect(means.map(({ mean }) => mean)).toEqual(means.map(({ mean }) => mean).toSorted((a, b) => b - a));
    for (const [index, { mean, deviation }] of means.entries()) {
      expect(rows[index]).toMatch(/^(sigmoid|relu) +(64|48) +2 /);
      expect(rows[index]).toContain(` ${(100 * mean).toFixed(2)} ± ${(100 * deviation).toFixed(2)} `);
    }
  });

  test('leaves a folder for each run, the results, a picture, and the sweep itself', () => {
    expect(readdirSync(whole).sort()).toEqual([
      ...['activation=relu,batchSize=48', 'activation=relu,batchSize=64'],
      ...['activation=sigmoid,batchSize=48', 'activation=sigmoid,batchSize=64'],
      ...['results.csv', 'results.json', 'results.png', 'results.svg', 'sweep.yaml'],
    ]);
    const [header, ...rows] = readFileSync(join(whole, 'results.csv'), 'utf8').trimEnd().split('\n');
    expect(header).toMatch(
      /^configuration,activation,batchSize,seed,state,best_epoch,best_val_acc,test_acc,/,
    );
    expect(rows).toHaveLength(8);
    expect(rows[0]).toMatch(/^"activation sigmoid, batchSize 64",sigmoid,64,0,complete,/);
    expect(readFileSync(join(whole, 'activation=relu,batchSize=48', 'seed-1.log'), 'utf8')).toContain(
      'epoch 4/4',
    );
  });

  test('called again trains nothing, and has the same table, without the file, too', async () => {
    const again = await runCli(['sweep', '--output', whole, '--test']);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stdout).toContain('8 runs: 4 configurations × 2 seeds · 8 complete');
    expect(again.stdout).not.toContain('1/8');
    expect(tableOf(again.stdout)).toEqual(tableOf(stdout));
    const reported = await runCli(['sweep', '--report', '--output', whole, '--test']);
    expect(tableOf(reported.stdout)).toEqual(tableOf(stdout));
  });

  test('side by side the runs have the same hashes', async () => {
    const output = join(folder, 'parallel');
    const outcome = await runCli(['sweep', file, '--output', output, '--parallel', '3', '--workers', '1']);
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.stdout).toContain('3 at a time, workers: 1');
    expect(outcomeIn(output)).toEqual(outcomeIn(whole));
  });

  test('a seed and a value that are added are trained, and the rest is left as it is', async () => {
    const output = join(folder, 'grown');
    const grown = join(folder, 'grown.yaml');
    writeFileSync(
      grown,
      JSON.stringify({ name: 'grown', base: sweepBase, seeds: [0], grid: { dropout: [0] } }),
    );
    await runCli(['sweep', grown, '--output', output]);
    const [before] = resultsIn(output).runs;
    writeFileSync(
      grown,
      JSON.stringify({ name: 'grown', base: sweepBase, seeds: [0, 1], grid: { dropout: [0, 0.5] } }),
    );
    const outcome = await runCli(['sweep', grown, '--output', output]);
    expect(outcome.stdout).toContain('4 runs: 2 configurations × 2 seeds · 1 complete');
    const { runs } = resultsIn(output);
    expect(runs.map(({ state }) => state)).toEqual(Array(4).fill('complete'));
    expect(runs[0]).toEqual(before);
  });
});

describe('bad input to lockstep sweep', () => {
  /** A sweep whose file was changed after it was trained. */
  async function changed(name: string, change: object): Promise<string[]> {
    const output = join(folder, name);
    const path = join(folder, `${name}.yaml`);
    const original = { name: 's', base: { ...sweepBase, epochs: 1 }, seeds: [0, 1] };
    writeFileSync(path, JSON.stringify(original));
    await runCli(['sweep', path, '--output', output]);
    writeFileSync(path, JSON.stringify({ ...original, ...change }));
    return [path, '--output', output];
  }

  test('a file that contradicts what is there: says what, and leaves it', async () => {
    const args = await changed('contradiction', { base: { ...sweepBase, epochs: 2, learningRate: 0.02 } });
    const before = outcomeIn(args[2] as string);
    const outcome = await runCli(['sweep', ...args]);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain('s/seed-0: epochs: the run has 1, the sweep 2.');
    expect(outcome.stderr).toContain('s/seed-1: learningRate: the run has 0.01, the sweep 0.02.');
    expect(outcome.stderr).toContain('Change the sweep back');
    expect(await runCli(['sweep', '--output', args[2] as string])).toMatchObject({ exitCode: 0 });
    expect(outcomeIn(args[2] as string)).toEqual(before);
  });

  test('a file that has lost a run', async () => {
    const outcome = await runCli(['sweep', ...(await changed('lost', { seeds: [1] }))]);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toMatch(/error: \S+s\/seed-0: the sweep has no such run any more\./);
  });

  const occupied = join(folder, 'occupied');
  mkdirSync(occupied);
  writeFileSync(join(occupied, 'mine.txt'), 'x');
  const noData = join(folder, 'no-data.yaml');
  writeFileSync(noData, JSON.stringify({ base: { data: occupied } }));

  test.each([
    [[], 2, /the file of a sweep is missing/],
    [['--report'], 2, /--report needs the folder of a sweep/],
    [[join(folder, 'none.yaml')], 2, /none\.yaml cannot be read: there is no such file/],
    [[file, '--output', occupied], 2, /--output must be a new or empty folder, or a sweep's/],
    [['--output', occupied], 2, /occupied\/sweep\.yaml cannot be read/],
    [[file, '--output', join(occupied, 'mine.txt')], 4, /mine\.txt cannot be made/],
    [[file, '--parallel', '0'], 2, /at least 1/],
    [[file, '--workers', '1.5'], 2, /1 to 256/],
    [[noData, '--output', join(folder, 'never')], 3, /neither train-images/],
  ])('%j', async (args, exitCode, message) => {
    const outcome = await runCli(['sweep', ...args]);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr).not.toContain('    at ');
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });

  test('two sweeps in one folder', async () => {
    const output = join(folder, 'twice');
    const cli = startCli(['sweep', file, '--output', output]);
    await cli.untilOutput('8 runs');
    const second = await runCli(['sweep', file, '--output', output]);
    expect(second.exitCode).toBe(4);
    expect(second.stderr).toMatch(/the sweep in \S+twice is in use by another lockstep/);
    cli.process.kill('SIGTERM');
    expect((await cli.ended).exitCode).toBe(143);
    rmSync(output, { recursive: true });
  });
});
