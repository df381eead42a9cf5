import { describe, expect, test } from 'vitest';
import { sumByDevice } from '../../../src/coordinator/bench/training-run.ts';
import type { WorkerEpoch } from '../../../src/coordinator/run/worker-times.ts';

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
