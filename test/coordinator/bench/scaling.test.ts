import { describe, expect, test } from 'vitest';
import type { Combination } from '../../../src/coordinator/bench/combinations.ts';
import { measureScaling } from '../../../src/coordinator/bench/scaling.ts';
import { benchRun } from './bench-run.ts';

const gpus = ['cuda:0', 'cuda:1'];
const cpu = ['cpu'];
const combination = (name: string, devices: readonly string[], workers: number): Combination => ({
  name,
  scaling: 'strong',
  devices,
  workers,
  batchSize: 128,
});
const onGpus = () => ({ direct: 10, executed: undefined });
const onCpu = () => ({ direct: 10, executed: 4 });

describe('measureScaling', () => {
  test('holds each worker against one of the smallest combination of its list, within a round', () => {
    const combinations = [
      combination('two', gpus, 2),
      combination('one', gpus, 1),
      combination('cpu', cpu, 2),
    ];
    const runs = new Map([
      ['two', [benchRun(180), benchRun(100)]],
      ['one', [benchRun(100), benchRun(100)]],
      ['cpu', [benchRun(7), benchRun(9)]],
    ]);
    const [two, one, other] = measureScaling(combinations, runs, onGpus);
    expect(two?.efficiency).toEqual({ median: 0.7, min: 0.5, max: 0.9 });
    expect(one?.efficiency).toEqual({ median: 1, min: 1, max: 1 });
    expect(other?.efficiency).toEqual({ median: 1, min: 1, max: 1 });
    expect(two).toMatchObject({ peak: undefined, executed: undefined, direct: { ofPeak: undefined } });
  });

  test('compares weak scaling with weak scaling', () => {
    const strong = combination('one', cpu, 1);
    const weak = { ...combination('two, batch 256', cpu, 2), scaling: 'weak' as const, batchSize: 256 };
    const runs = new Map([
      ['one', [benchRun(100)]],
      ['two, batch 256', [benchRun(100)]],
    ]);
    expect(measureScaling([strong, weak], runs, onCpu)[1]?.efficiency.median).toBe(1);
    expect(
      measureScaling([strong, { ...strong, scaling: 'weak' }, weak], runs, onCpu)[2]?.efficiency.median,
    ).toBe(0.5);
  });

  test('measures operations against the largest peak of all rounds, of so many threads or fewer', () => {
    const combinations = [combination('one', cpu, 1), combination('two', cpu, 2)];
    const runs = new Map([
      ['one', [benchRun(50, { core: 500, threads: 500 }), benchRun(50, { core: 1000, threads: 1000 })]],
      ['two', [benchRun(100, { core: 400, threads: 800 }), benchRun(200, { core: 400, threads: 1600 })]],
    ]);
    const [one, two] = measureScaling(combinations, runs, onCpu);
    expect(one?.peak).toEqual({ core: 1000, threads: 1000 });
    expect(two?.peak).toEqual({ core: 1000, threads: 1600 });
    expect(one?.executed?.operationsPerSecond).toEqual({ median: 200, min: 200, max: 200 });
    expect(one?.executed?.ofPeak?.median).toBe(0.2);
    expect(one?.direct.ofPeak?.median).toBe(0.5);
    expect(two?.executed?.ofPeak).toEqual({ median: 0.375, min: 0.25, max: 0.5 });
  });

  test('tells what each further worker adds to the memory of the smallest number', () => {
    const combinations = [combination('one', cpu, 1), combination('three', cpu, 3)];
    const runs = new Map([
      ['one', [{ ...benchRun(1), peakMemoryBytes: 100 }]],
      ['three', [{ ...benchRun(1), peakMemoryBytes: 120 }]],
    ]);
    const [one, three] = measureScaling(combinations, runs, onCpu);
    expect(one?.bytesPerFurtherWorker).toBeUndefined();
    expect(three?.bytesPerFurtherWorker?.median).toBe(10);
  });
});
