import { describe, expect, test } from 'vitest';
import { contestantNames as names } from '../../bench/comparisons.ts';
import { peerGroups, type SelectionOptions, selectContestants } from '../../bench/contestants.ts';
import { runTolerantly } from '../../bench/run-tolerantly.ts';
import { whyNotWide } from '../../src/coordinator/wide-vectors.ts';

const options: SelectionOptions = {
  groups: undefined,
  only: [],
  python: undefined,
  epochs: 1,
  data: '/nowhere',
};
const listNames = (changes: Partial<SelectionOptions>) => {
  const { contestants, missing } = selectContestants({ ...options, ...changes });
  return [...contestants, ...missing].map(({ name }) => name).sort();
};

describe('selectContestants', () => {
  test('names every contestant that there is, whether it can run here or not', () => {
    expect(listNames({ groups: 'all' })).toEqual(Object.values(names).sort());
  });

  test('without a choice, takes those of the aims', () => {
    expect(listNames({ python: 'python3' })).toEqual(
      [
        names.ddp,
        names.fourWorkers,
        names.observed,
        names.unobserved,
        names.twoWorkers,
        names.oneWorker,
        names.oneThread,
      ].sort(),
    );
  });

  test('names what is missing with the command that installs it', () => {
    const { missing } = selectContestants({ ...options, groups: ['debian'] });
    expect(missing).toContainEqual({ name: names.ddp, nextStep: 'sudo apt-get install python3-torch' });
  });

  test('compares the chosen peers with lockstep', () => {
    expect(listNames({ groups: ['jax'] })).toEqual([names.jax, names.oneWorker, names.twoWorkers].sort());
  });

  test('names what a newer Node.js would help with, or runs it', () => {
    const { contestants, missing } = selectContestants({ ...options, groups: ['wide'] });
    const isMissing = whyNotWide(process.versions.node, process.platform, process.arch) !== undefined;
    expect(missing.map(({ name }) => name)).toEqual(isMissing ? [names.wideVectors] : []);
    expect(contestants.map(({ name }) => name).includes(names.wideVectors)).toBe(!isMissing);
    for (const { nextStep } of missing)
      expect(nextStep).toMatch(/--peers wide$|^nothing helps: V8 has them on/);
  });

  test('has both cores compute until an accuracy is reached, and no run of lockstep twice', () => {
    const absent: readonly string[] = [
      names.oneWorker,
      names.oneThread,
      names.newestOneThread,
      names.compiledOneThread,
      names.fourWorkers,
      names.observed,
      names.unobserved,
    ];
    expect(listNames({ groups: 'all', evaluates: true })).toEqual(
      Object.values(names)
        .filter((name) => !absent.includes(name))
        .sort(),
    );
  });

  test('keeps only what has the given words in its name', () => {
    expect(listNames({ groups: peerGroups, only: ['tfjs'] })).toEqual(
      [names.tfjsCpu, names.tfjsNode, names.tfjsWasm].sort(),
    );
    expect(listNames({ groups: ['debian'], only: ['2 workers', 'DDP'] })).toEqual(
      [names.ddp, names.twoWorkers].sort(),
    );
  });
});

test('a whole name stands for that contestant alone', () => {
  expect(listNames({ python: 'python3', only: [names.twoWorkers, names.ddp] })).toEqual(
    [names.ddp, names.twoWorkers].sort(),
  );
});

describe('runTolerantly', () => {
  const figures = {
    samplesPerSecond: 1,
    startupSeconds: 1,
    peakMemoryBytes: 1,
    nonGradientShare: undefined,
    report: {},
  };
  const failing = (name: string) => ({
    name,
    run: () => Promise.reject(new Error('python ended with 1:\nno memory')),
  });
  const running = { name: names.jax, run: async () => figures };

  test('goes on without a peer that fails, and names it', async () => {
    expect(await runTolerantly([failing(names.tensorflow), running], 2, () => {})).toEqual({
      runs: new Map([[names.jax, [figures, figures]]]),
      failed: [{ name: names.tensorflow, nextStep: 'it failed: no memory' }],
    });
  });

  test('ends where lockstep fails', async () => {
    await expect(runTolerantly([failing(names.twoWorkers), running], 1, () => {})).rejects.toThrow(
      'no memory',
    );
  });
});
