import { describe, expect, test } from 'vitest';
import { compare, contestantNames as names, reachesAim } from '../../bench/comparisons.ts';
import { type BenchReport, formatReport } from '../../bench/report.ts';
import type { RunFigures } from '../../bench/run-figures.ts';

function runs(...speeds: number[]): RunFigures[] {
  return speeds.map((samplesPerSecond) => ({
    otherThreadsShare: 0.01,
    samplesPerSecond,
    startupSeconds: 1.5,
    peakMemoryBytes: 400e6,
    nonGradientShare: 0.05,
    report: {},
  }));
}

const measured = new Map([
  [names.fourWorkers, runs(90, 40)],
  [names.twoWorkers, runs(100, 50)],
  [names.oneWorker, runs(50, 20).map((run, round) => ({ ...run, evaluationCost: round === 0 ? 0.4 : 0.48 }))],
  [
    names.observed,
    runs(99, 48.5).map((run, round) => ({ ...run, otherThreadsShare: round === 0 ? 0.03 : 0.05 })),
  ],
  [names.unobserved, runs(100, 50)],
] as const);

const alone = { checkpointSaves: [6.4, 3.2, 12.8], forwardShares: [0.4, 0.3, 0.9] };

describe('compare', () => {
  const comparisons = compare(measured, alone);
  const named = (name: string) => comparisons.filter((comparison) => comparison.name.includes(name));

  test('pairs the speeds of each round', () => {
    expect(named('2 workers / lockstep, 1 worker').map(({ spread }) => spread)).toEqual([
      { median: 2.25, min: 2, max: 2.5 },
    ]);
  });

  test('says for each aim whether the median reaches it', () => {
    expect(named('2 workers / lockstep, 1 worker').map(reachesAim)).toEqual([true]);
    expect(named('4 workers / lockstep, 2 workers').map(reachesAim)).toEqual([false]);
    expect(named('not gradient kernels').map(reachesAim)).toEqual([true]);
    expect(named('first step').map(reachesAim)).toEqual([true]);
    expect(named('peak memory').map(reachesAim)).toEqual([false]);
  });

  test('holds a run that is watched against one that is not', () => {
    expect(named('everything observed').map(({ spread }) => spread)).toEqual([
      { median: 0.98, min: 0.97, max: 0.99 },
    ]);
    expect(named('everything observed').map(reachesAim)).toEqual([true]);
  });

  test.each([
    {
      name: 'CPU time of watching',
      what: 'what the threads that watch take from the workers',
      min: 2,
      max: 4,
    },
    { name: 'validation of a sample', what: 'a validation, by the median forward pass', min: 1, max: 1.2 },
  ])('$name: tells $what, and misses its aim', ({ name, min, max }) => {
    const [cost] = named(name);
    expect(cost?.spread?.min).toBeCloseTo(min);
    expect(cost?.spread?.max).toBeCloseTo(max);
    expect(cost && reachesAim(cost)).toBe(false);
  });

  test('does not tell what watching takes where the system does not', () => {
    const unknown = runs(99).map((run) => ({ ...run, otherThreadsShare: undefined }));
    const costs = compare(
      new Map([
        [names.observed, unknown],
        [names.unobserved, unknown],
      ]),
      { checkpointSaves: [], forwardShares: [] },
    );
    expect(costs.find(({ name }) => name.includes('watching'))?.spread).toBeUndefined();
  });

  test('holds a checkpoint against an epoch of 48,000 samples', () => {
    // 48,000 samples at 75 a second take 640 s.
    expect(named('checkpoint').map(({ spread }) => spread)).toEqual([{ median: 1, min: 0.5, max: 2 }]);
  });

  test('does not tell what a validation takes without the forward pass', () => {
    const costs = compare(measured, { ...alone, forwardShares: [] });
    expect(costs.find(({ name }) => name.startsWith('validation'))?.spread).toBeUndefined();
  });

  test('keeps the aims whose contestant is missing', () => {
    expect(named('PyTorch').map(({ spread }) => spread)).toEqual([undefined, undefined]);
    expect(named('PyTorch').map(reachesAim)).toEqual([undefined, undefined]);
  });
});

describe('compare without aims', () => {
  test('pairs lockstep with a peer that the aims leave out, only where both ran', () => {
    const comparisons = compare(new Map([...measured, [names.jax, runs(50, 10)]]), alone);
    const further = comparisons.filter(({ aim }) => aim === undefined);
    expect(further).toEqual([
      {
        name: `${names.twoWorkers} / ${names.jax}`,
        unit: '×',
        spread: { median: 3.5, min: 2, max: 5 },
      },
    ]);
    expect(further.map(reachesAim)).toEqual([undefined]);
  });
});

describe('formatReport', () => {
  const report: BenchReport = {
    date: '2026-01-02',
    machine: {
      cpu: 'A CPU',
      cores: 2,
      memoryBytes: 8e9,
      node: 'v20.19.0',
      system: 'linux x64',
      loadBefore: 0.1,
    },
    versions: { lockstep: '0.1.0', node: '20.19.0', v8: '11', platform: 'linux-x64' },
    command: 'npm run bench --',
    peerVersions: { [names.jax]: { jax: '0.10.2' } },
    rounds: 2,
    epochs: 1,
    torch: undefined,
    runs: Object.fromEntries(measured),
    comparisons: compare(measured, alone),
    missing: [{ name: names.ddp, nextStep: 'sudo apt-get install python3-torch' }],
    weights: ['abc'],
  };
  const lines = formatReport(report).split('\n');
  const lineOf = (text: string) => lines.find((line) => line.includes(text));

  test('shows median, spread and aim of a ratio in one line', () => {
    expect(lineOf('2 workers / lockstep, 1 worker')).toMatch(/2\.25 \(2\.00–2\.50\) × +≥ 1\.85 +reached/);
    expect(lineOf('peak memory, 2')).toMatch(/400 \(400–400\) MB +≤ 350 +missed/);
  });

  test('names what is missing with the command that installs it', () => {
    expect(lineOf(names.ddp)).toMatch(/missing/);
    expect(lineOf('apt-get')).toBe(`${names.ddp} is missing: sudo apt-get install python3-torch`);
  });

  test('warns of figures from a machine that was busy', () => {
    const busy = { ...report, machine: { ...report.machine, loadBefore: 2 } };
    expect(formatReport(busy)).toContain('load average 2.0');
    expect(formatReport(report)).not.toContain('load average');
  });

  test('tells how long the ranks of a step exchange sums', () => {
    const [run] = runs(10);
    const ranks = [{ exchangeSeconds: 0.03 }, { exchangeSeconds: 0.045 }];
    const under = { ...report, runs: { [names.ranks]: [{ ...(run as RunFigures), report: { ranks } }] } };
    // The mean of 30 and 45 ms over the 375 steps of an epoch.
    expect(formatReport(under)).toContain('exchange per step: 100 (100–100) µs');
    expect(formatReport(report)).not.toContain('exchange per step');
  });

  test('tells the versions of the peers', () => {
    expect(formatReport(report)).toContain('Versions: jax 0.10.2');
  });

  test('says of weights only what was compared: runs of one length', () => {
    expect(formatReport(report)).toContain(
      'All runs of lockstep of the same length ended with the same weights',
    );
  });

  test('cries out when runs ended with different weights', () => {
    expect(formatReport({ ...report, weights: ['abc', 'def'] })).toContain('DIFFERENT WEIGHTS');
    expect(formatReport(report)).not.toContain('DIFFERENT WEIGHTS');
  });
});
