import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/shared/config.ts';
import { startCli } from '../support/cli-process.ts';
import { runCli } from '../support/run-cli.ts';
import { leftBehind } from '../support/run-outcome.ts';
import { sliceConfig, sliceDirectory, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const base = { data: sliceDirectory, epochs: 4, batchSize: 64, microBatch: 12, learningRate: 0.01 };
const sweep = { base, seeds: [0, 1], grid: { activation: ['sigmoid', 'relu'], batchSize: [64, 48] } };
const file = join(folder, 'small.yaml');
writeFileSync(file, JSON.stringify({ ...sweep, base: { ...base, batchSize: undefined } }));

interface Results {
  configurations: { configuration: string; complete: number; bestValidationAccuracy?: { mean: number } }[];
  runs: {
    configuration: string;
    seed: number;
    state: string;
    failure?: string;
    weightsSha256: string;
    bestValidationAccuracy: number;
    testAccuracy?: number;
    folder: string;
  }[];
}

function resultsIn(output: string): Results {
  return JSON.parse(readFileSync(join(output, 'results.json'), 'utf8'));
}

/** What does not depend on how often a sweep was interrupted, nor on how many of its runs went side by side. */
function outcomeIn(output: string) {
  const { configurations, runs } = resultsIn(output);
  return {
    accuracies: configurations.map(({ configuration, bestValidationAccuracy }) => ({
      configuration,
      bestValidationAccuracy,
    })),
    runs: runs.map(({ folder: at, state, weightsSha256 }) => ({ at, state, weightsSha256 })),
  };
}

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
      const { result } = await trainToEnd(sliceConfig({ ...base, ...settings, runDir }));
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
    writeFileSync(grown, JSON.stringify({ name: 'grown', base, seeds: [0], grid: { dropout: [0] } }));
    await runCli(['sweep', grown, '--output', output]);
    const [before] = resultsIn(output).runs;
    writeFileSync(grown, JSON.stringify({ name: 'grown', base, seeds: [0, 1], grid: { dropout: [0, 0.5] } }));
    const outcome = await runCli(['sweep', grown, '--output', output]);
    expect(outcome.stdout).toContain('4 runs: 2 configurations × 2 seeds · 1 complete');
    const { runs } = resultsIn(output);
    expect(runs.map(({ state }) => state)).toEqual(Array(4).fill('complete'));
    expect(runs[0]).toEqual(before);
  });
});

describe('a sweep that is ended', () => {
  const long = join(folder, 'long.yaml');
  const settings = { base: { ...base, epochs: 25, checkpointEvery: '7 steps' }, seeds: [0, 1, 2] };
  writeFileSync(long, JSON.stringify(settings));
  const undisturbed = join(folder, 'undisturbed');
  beforeAll(async () => {
    expect(await runCli(['sweep', long, '--output', undisturbed])).toMatchObject({ exitCode: 0 });
  });

  /** Waits until the run has a checkpoint and the sweep another run, complete. */
  async function untilInTheMiddle(output: string): Promise<void> {
    const isThere = (name: string) => existsSync(join(output, 'long', name));
    const deadline = Date.now() + 50_000;
    while (!(isThere('seed-0/result.json') && isThere('seed-1/history.csv'))) {
      if (Date.now() > deadline) throw new Error('the sweep did not come to its second run');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(isThere('seed-1/result.json')).toBe(false);
  }

  test('by SIGKILL leaves no process, and goes on where it was', async () => {
    const output = join(folder, 'killed');
    const cli = startCli(['sweep', long, '--output', output]);
    await untilInTheMiddle(output);
    cli.process.kill('SIGKILL');
    await cli.ended;
    // At once: its run may still be saving.
    const outcome = await runCli(['sweep', '--output', output]);
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.stdout).toContain('3 runs: 1 configuration × 3 seeds · 1 complete');
    expect(outcomeIn(output)).toEqual(outcomeIn(undisturbed));
    expect(readFileSync(join(output, 'long', 'seed-1.log'), 'utf8')).toMatch(
      /goes on at epoch \d+, step \d+/,
    );
    expect(leftBehind(output)).toEqual([]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s saves its runs, says how to go on, and goes on', async (signal, exitCode) => {
    const output = join(folder, signal);
    const cli = startCli(['sweep', long, '--output', output], { ownGroup: true });
    await untilInTheMiddle(output);
    // As a Ctrl-C does: to the whole group.
    process.kill(-(cli.process.pid as number), signal);
    const ended = await cli.ended;
    expect(ended).toMatchObject({ exitCode });
    expect(ended.stdout).toMatch(
      /stopped and saved, 1 of 3 runs complete; to go on: {2}(npx )?lockstep sweep --output /,
    );
    expect(readFileSync(join(output, 'long', 'seed-1.log'), 'utf8')).toContain('stopped and saved');
    expect(existsSync(join(output, 'long', 'seed-2'))).toBe(false);
    expect(leftBehind(output)).toEqual([]);
    const reported = await runCli(['sweep', '--output', output, '--report']);
    expect(reported.stdout).toMatch(/^long +1 of 3 /m);
    expect(resultsIn(output).runs.map(({ state }) => state)).toEqual([
      'complete',
      'interrupted',
      'not begun',
    ]);
    expect(await runCli(['sweep', '--output', output])).toMatchObject({ exitCode: 0 });
    expect(outcomeIn(output)).toEqual(outcomeIn(undisturbed));
  });
});

describe('a sweep with a run that fails', () => {
  const failing = join(folder, 'failing.yaml');
  const output = join(folder, 'failing');
  const runs = [
    { name: 'mad', learningRate: 1000, weightDecay: 10, activation: 'relu' },
    { name: 'lost', init: 'none.safetensors' },
    { name: 'good' },
  ];
  writeFileSync(failing, JSON.stringify({ base: { ...base, epochs: 2, learningRate: undefined }, runs }));

  test('trains the others, and ends with the list and exit code 4', async () => {
    const outcome = await runCli(['sweep', failing, '--output', output]);
    expect(outcome.exitCode).toBe(4);
    expect(outcome.stdout).toMatch(/^1\/3 {2}mad, seed 0 {2}failed: epoch \d: .*finite/m);
    expect(outcome.stdout).toMatch(/^3\/3 {2}good, seed 0 {2}val acc/m);
    expect(outcome.stdout).toMatch(/^mad +0 of 1 +–/m);
    expect(outcome.stderr).toMatch(
      /error: 2 of 3 runs failed:\n {2}\S+mad\/seed-0: epoch .*\n {2}\S+lost\/seed-0: none\.safetensors/,
    );
    expect(outcome.stderr).not.toContain('    at ');
    expect(resultsIn(output).runs.map(({ state }) => state)).toEqual(['failed', 'failed', 'complete']);
  });

  test('called again tries those alone, and remembers what they fail with', async () => {
    const reported = await runCli(['sweep', '--report', '--output', output]);
    expect(reported.exitCode).toBe(4);
    const again = await runCli(['sweep', failing, '--output', output]);
    expect(again.exitCode).toBe(4);
    expect(again.stdout).toContain('1 complete');
    expect(again.stdout).toMatch(/^3\/3 {2}lost/m);
    expect(again.stdout).not.toMatch(/\/3 {2}good/);
  });

  const children = (pid: number) => `/proc/${pid}/task/${pid}/children`;
  test.skipIf(!existsSync(children(process.pid)))(
    'whose run is killed goes on, too (needs /proc)',
    async () => {
      const long = join(folder, 'victim.yaml');
      const killed = join(folder, 'victim');
      writeFileSync(
        long,
        JSON.stringify({
          base: { ...base, epochs: 1000 },
          runs: [{ name: 'victim' }, { name: 'heir', epochs: 1 }],
        }),
      );
      const cli = startCli(['sweep', long, '--output', killed]);
      const log = join(killed, 'victim', 'seed-0.log');
      while (!existsSync(log) || !readFileSync(log, 'utf8').includes('epoch ')) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const [child] = readFileSync(children(cli.process.pid as number), 'utf8')
        .trim()
        .split(' ');
      process.kill(Number(child), 'SIGKILL');
      const ended = await cli.ended;
      expect(ended).toMatchObject({ exitCode: 4 });
      expect(ended.stdout).toMatch(/victim, seed 0 {2}failed: the process was ended by SIGKILL\./);
      expect(resultsIn(killed).runs.map(({ state }) => state)).toEqual(['failed', 'complete']);
    },
  );
});

describe('bad input to lockstep sweep', () => {
  /** A sweep whose file was changed after it was trained. */
  async function changed(name: string, change: object): Promise<string[]> {
    const output = join(folder, name);
    const path = join(folder, `${name}.yaml`);
    const original = { name: 's', base: { ...base, epochs: 1 }, seeds: [0, 1] };
    writeFileSync(path, JSON.stringify(original));
    await runCli(['sweep', path, '--output', output]);
    writeFileSync(path, JSON.stringify({ ...original, ...change }));
    return [path, '--output', output];
  }

  test('a file that contradicts what is there: says what, and leaves it', async () => {
    const args = await changed('contradiction', { base: { ...base, epochs: 2, learningRate: 0.02 } });
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
