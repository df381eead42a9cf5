import { beforeAll, describe, expect, test } from 'vitest';
import { whyNotWide } from '../../src/coordinator/wide-vectors.ts';
import { runCli } from '../support/run-cli.ts';

const network = ['--bandwidth', '10Gbit', '--latency', '20us'];

function plan(...flags: string[]) {
  return runCli(['plan', ...flags]);
}

interface PlanJson {
  speed: { shardSeconds: number; optimizerSeconds: number; reduction: { sums: number; seconds: number }[] };
  training: { shards: number; batchSize: number };
  advice: { idleFromHosts: number; below50FromHosts?: number };
  rows: {
    hosts: number;
    stepSeconds: number;
    efficiency: number;
    samplesPerSecond: number;
    memoryBytes?: number;
  }[];
}

describe('lockstep plan', () => {
  let json: PlanJson;
  beforeAll(async () => {
    const { stdout } = await plan('--hosts', '12', '--workers', '2', ...network, '--json');
    json = JSON.parse(stdout) as PlanJson;
  });

  test('measures the kernels, needs no data set, and predicts for 1, 2, 4, … hosts', () => {
    const { speed, rows, training } = json;
    expect(rows.map(({ hosts }) => hosts)).toEqual([1, 2, 4, 8, 12]);
    expect(training).toMatchObject({ shards: 8, batchSize: 128 });
    // On any machine a micro-shard of 16 takes longer than Adam, and both less than a second.
    expect(speed.shardSeconds).toBeGreaterThan(speed.optimizerSeconds);
    expect(speed.shardSeconds).toBeLessThan(1);
    for (const { seconds } of speed.reduction) expect(seconds).toBeGreaterThan(0);
    for (const { stepSeconds, samplesPerSecond } of rows)
      expect(samplesPerSecond * stepSeconds).toBeCloseTo(128, 6);
  });

  test('8 micro-shards are too few for 5 hosts of 2 workers', () => {
    expect(json.advice.idleFromHosts).toBe(5);
    expect(json.advice.below50FromHosts).toBeLessThanOrEqual(5);
    const efficiencies = json.rows.map(({ efficiency }) => efficiency);
    expect(efficiencies).toEqual(efficiencies.toSorted((a, b) => b - a));
  });

  test('prints a table, where the batch becomes too small, and what would mend it', async () => {
    const { stdout, exitCode } = await plan(
      '--hosts',
      '4',
      '--workers',
      '4',
      '--batch-size',
      '192',
      ...network,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^ *hosts +shards a worker +compute +gather +update +other +step +samples\/s +speed-up +efficiency$/m,
    );
    expect(stdout).toMatch(/^ *4 +0\.75 +\S+ ms/m);
    expect(stdout).toMatch(
      /12 micro-shards of 16: from 4 hosts on it is too small to give each worker one\./,
    );
    expect(stdout).toMatch(/^to mend it +a batch of [\d,]+ gives 4 hosts 80 %/m);
    expect(stdout).toMatch(/^most time +.*: \d+ % of a step with 4 hosts\.$/m);
    expect(stdout).toMatch(
      /block sums of 247 KB by [a-z ]+, messages of \d+ B by [a-z ]+, as (Open MPI|MPICH) chooses/,
    );
  });

  test('a step of thousands of hosts is planned too; what does not fit into memory is said', async () => {
    const flags = ['--hosts', '10000', '--workers', '8', '--batch-size', '65536', '--micro-batch', '1'];
    const { stdout } = await plan(...flags, ...network);
    expect(stdout).toMatch(/^ *10,000 +0\.60 /m);
    expect(stdout).toMatch(/^memory +with 1 host a rank needs more than the 4 GiB/m);
  });

  test('measures vectors of 256 bits where it is asked to, or says why not', async () => {
    const { exitCode, stderr } = await plan('--hosts', '2', '--workers', '1', ...network, '--wide-vectors');
    expect(exitCode).toBe(0);
    const problem = whyNotWide(process.versions.node, process.platform, process.arch);
    expect(stderr.includes(`note: no vectors of 256 bits: ${problem}`)).toBe(problem !== undefined);
  });

  test.each([
    [['--bandwidth', 'fast', '--latency', '1us'], /^error: --bandwidth must be .* got "fast"\.$/],
    [['--bandwidth', '1GB/s', '--latency', '1'], /^error: --latency must be .* got "1"\.$/],
    [[...network, '--batch-size', '0'], /^error: batchSize must be .* got 0/],
    [[...network, '--hosts', '20000'], /^error: .*--hosts.*20000.* at most 10000\.$/],
    [['--bandwidth', '1GB/s'], /^error: required option '--latency <time>' not specified$/],
  ])('refuses %j in one line', async (flags, line) => {
    const { exitCode, stderr } = await plan('--hosts', '2', ...flags);
    expect(exitCode).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr.trim()).toMatch(line);
  });
});
