import { describe, expect, test } from 'vitest';
import {
  type Cluster,
  type KernelSpeed,
  predictStep,
  type StepWork,
} from '../../../src/coordinator/plan/step-cost.ts';

/** A tree that takes as long as its sums are many, as the kernel's own does nearly. */
const speed: KernelSpeed = {
  shardSeconds: 400e-6,
  reduction: [
    { sums: 1, seconds: 20e-6 },
    { sums: 100, seconds: 2000e-6 },
  ],
  optimizerSeconds: 40e-6,
  phaseSeconds: 5e-6,
};
const work: StepWork = { samples: 8192, tasks: 512, shardsPerTask: 1, parameters: 61_706, sumBytes: 246_848 };
const network = { latencySeconds: 20e-6, bytesPerSecond: 1.25e9 };
const predict = (cluster: Cluster, changes: Partial<StepWork> = {}) =>
  predictStep(cluster, { ...work, ...changes }, speed, network);

describe('predictStep', () => {
  test('one worker alone is the measure: it exchanges nothing', () => {
    const alone = predict({ hosts: 1, workers: 1 });
    expect(alone).toMatchObject({
      gather: undefined,
      gatherSeconds: 0,
      combineSeconds: 0,
      speedUp: 1,
      efficiency: 1,
    });
    expect(alone.stepSeconds).toBeCloseTo(512 * 400e-6 + 512 * 20e-6 + 40e-6 + 2 * 5e-6, 9);
    expect(alone.samplesPerSecond).toBeCloseTo(8192 / alone.stepSeconds, 6);
  });

  test('no number of hosts and workers is more efficient than one worker', () => {
    for (const tasks of [8, 24, 100, 512]) {
      for (let hosts = 1; hosts <= 600; hosts += 3) {
        for (const workers of [1, 2, 7, 64]) {
          expect(predict({ hosts, workers }, { tasks }).efficiency).toBeLessThanOrEqual(1 + 1e-12);
        }
      }
    }
  });

  test('the phases add up to the step', () => {
    const { computeSeconds, combineSeconds, gatherSeconds, updateSeconds, overheadSeconds, stepSeconds } =
      predict({
        hosts: 4,
        workers: 2,
      });
    expect(computeSeconds + combineSeconds + gatherSeconds + updateSeconds + overheadSeconds).toBeCloseTo(
      stepSeconds,
      12,
    );
  });

  test('a rank computes its micro-shards in whole rounds of its workers', () => {
    expect(predict({ hosts: 1, workers: 3 }, { tasks: 8 }).computeSeconds).toBeCloseTo(3 * 400e-6, 12);
    expect(predict({ hosts: 4, workers: 3 }, { tasks: 8 }).computeSeconds).toBeCloseTo(400e-6, 12);
  });

  test('more hosts than micro-shards compute no faster, but exchange longer', () => {
    const enough = predict({ hosts: 8, workers: 1 }, { tasks: 8 });
    const tooMany = predict({ hosts: 64, workers: 1 }, { tasks: 8 });
    expect(tooMany.computeSeconds).toBe(enough.computeSeconds);
    expect(tooMany.gatherSeconds).toBeGreaterThan(enough.gatherSeconds);
    expect(tooMany.shardsPerWorker).toBe(1 / 8);
  });

  test('more hosts have less to compute each', () => {
    const seconds = [1, 2, 4, 8, 16, 64, 256].map((hosts) => predict({ hosts, workers: 2 }).computeSeconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
  });

  test('a larger batch is more efficient', () => {
    const efficiencies = [64, 128, 256, 1024].map(
      (tasks) => predict({ hosts: 8, workers: 2 }, { tasks }).efficiency,
    );
    expect(efficiencies).toEqual(efficiencies.toSorted((a, b) => a - b));
  });

  test('the update is done by each host for itself, in ranges that are not cut', () => {
    const [one, two, many] = [1, 2, 100].map(
      (workers) => predict({ hosts: 2, workers }, { tasks: 8 }).updateSeconds,
    );
    expect(two).toBeLessThan(one as number);
    // A sixteenth, and no less.
    expect(many).toBeGreaterThan((one as number) / 17);
    expect(predict({ hosts: 4, workers: 1 }, { tasks: 8 }).updateSeconds).toBeGreaterThan(one as number);
  });

  test('ranks that share cores compute in turn', () => {
    const own = predict({ hosts: 4, workers: 1 });
    const shared = predict({ hosts: 4, workers: 1, coresPerRank: 0.5 });
    expect(shared.computeSeconds).toBeCloseTo(2 * own.computeSeconds, 12);
    expect(shared.updateSeconds).toBeCloseTo(2 * own.updateSeconds, 12);
    expect(shared.gatherSeconds).toBe(own.gatherSeconds);
  });

  test('a number of sums between two that were measured takes a time between theirs, a larger one in proportion', () => {
    const update = (tasks: number) => predict({ hosts: 1, workers: 1 }, { tasks }).updateSeconds - 40e-6;
    expect(update(50)).toBeCloseTo(1000e-6, 12);
    expect(update(400)).toBeCloseTo(8000e-6, 12);
  });
});
