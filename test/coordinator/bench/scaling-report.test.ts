import { describe, expect, test } from 'vitest';
import { formatScaling, measureScaling } from '../../../src/coordinator/bench/scaling-report.ts';
import { sumByDevice, type TrainingFigures } from '../../../src/coordinator/bench/training-run.ts';
import type { WorkerEpoch } from '../../../src/coordinator/run/worker-times.ts';

const run = (samplesPerSecond: number): TrainingFigures => ({
  samplesPerSecond,
  startupSeconds: 1,
  weightsSha256: '',
  devices: [
    {
      device: 'cuda:0',
      workers: 1,
      samplesShare: 1,
      computeShare: 0.75,
      updateShare: 0.125,
      waitShare: 0.125,
    },
  ],
});
const gpus = ['cuda:0', 'cuda:1'];
const cpu = ['cpu'];
const combinations = [
  { name: 'two', devices: gpus, workers: 2 },
  { name: 'one', devices: gpus, workers: 1 },
  { name: 'cpu', devices: cpu, workers: 2 },
];
const runs = new Map([
  ['two', [run(180), run(100)]],
  ['one', [run(100), run(100)]],
  ['cpu', [run(7), run(9)]],
]);

describe('measureScaling', () => {
  test('holds each worker against one of the smallest combination of its list, within a round', () => {
    const [two, one, onCpu] = measureScaling(combinations, runs);
    expect(two?.efficiency).toEqual({ median: 0.7, min: 0.5, max: 0.9 });
    expect(one?.efficiency).toEqual({ median: 1, min: 1, max: 1 });
    expect(onCpu?.efficiency).toEqual({ median: 1, min: 1, max: 1 });
  });
});

describe('formatScaling', () => {
  test('has a line for each combination, and one for each device in it', () => {
    const text = formatScaling(measureScaling(combinations, runs));
    expect(text).toMatch(/^two +140 \(100–180\) +0\.70 \(0\.50–0\.90\) +1\.00 \(1\.00–1\.00\)$/m);
    expect(text).toMatch(/^two: cuda:0 +100\.0 % +75\.0 % +12\.5 % +12\.5 %$/m);
  });
});

describe('sumByDevice', () => {
  test('weighs what a device’s workers did by their time in training', () => {
    const row = (worker: number, device: string, samples: number, computeSeconds: number): WorkerEpoch => ({
      epoch: 2,
      worker,
      device,
      samples,
      computeSeconds,
      updateSeconds: 1,
      waitSeconds: 2,
      evaluationSeconds: 5,
      totalSeconds: 15,
      restarts: 0,
    });
    const rows = [row(0, 'cuda:0', 10, 6), row(1, 'cpu', 20, 5), row(2, 'cuda:0', 10, 7)];
    expect(sumByDevice(rows)).toEqual([
      {
        device: 'cuda:0',
        workers: 2,
        samplesShare: 0.5,
        computeShare: 0.65,
        updateShare: 0.1,
        waitShare: 0.2,
      },
      { device: 'cpu', workers: 1, samplesShare: 0.5, computeShare: 0.5, updateShare: 0.1, waitShare: 0.2 },
    ]);
  });
});
