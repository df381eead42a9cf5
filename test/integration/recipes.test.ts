import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { train } from '../../src/coordinator/trainer.ts';
import golden from '../fixtures/golden-hashes.json' with { type: 'json' };
import { everyOption } from '../support/every-option.ts';
import { resumeRun } from '../support/resuming.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const slowWorker = new URL('../fixtures/slow-worker.mjs', import.meta.url);

describe('a run with every option', () => {
  let whole: Awaited<ReturnType<typeof outcomeOf>>;
  beforeAll(async () => {
    const runDir = join(folder, 'one');
    const { result } = await trainToEnd(sliceConfig({ ...everyOption, workers: 1, runDir }));
    expect(result.weightsSha256).toBe(golden.everything);
    whole = await outcomeOf(runDir);
  });

  test.each([2, 3, 5])('leaves the same bits with %i workers', async (workers) => {
    const runDir = join(folder, `workers-${workers}`);
    await trainToEnd(sliceConfig({ ...everyOption, workers, runDir }), { workerFile: slowWorker });
    expect(await outcomeOf(runDir)).toEqual(whole);
  });

  test('leaves the same bits where child processes compute', async () => {
    const runDir = join(folder, 'processes');
    const settings = { ...everyOption, workers: 2, device: 'cpu,cpu-process', runDir };
    await train(sliceConfig(settings), { devices: ['cpu', 'cpu-process'] });
    expect(await outcomeOf(runDir)).toEqual(whole);
  });

  test('leaves the same bits when it is interrupted in the middle of an epoch and resumed', async () => {
    const runDir = join(folder, 'interrupted');
    const stop = new AbortController();
    const { result } = await train(sliceConfig({ ...everyOption, workers: 2, runDir }), {
      signal: stop.signal,
      workerFile: slowWorker,
      listener: {
        onEpochStart: ({ epoch, samplesDone }) => {
          if (epoch !== 2) return;
          const watch = setInterval(() => {
            if (samplesDone() === 0) return;
            clearInterval(watch);
            stop.abort();
          }, 1);
        },
      },
    });
    expect(result).toBeUndefined();
    await resumeRun(runDir, { workers: 3 });
    expect(await outcomeOf(runDir)).toEqual(whole);
  });

  test('refuses another number of epochs at a resume, since the schedule would have been another', async () => {
    const runDir = join(folder, 'workers-2');
    await expect(resumeRun(runDir, { epochs: 4 })).rejects.toThrow(/epochs: the run has 3, got 4/);
  });
});

describe('options that bring nothing are not there', () => {
  test.each([{ clipNorm: 1000 }, { warmupEpochs: 0, decayFactor: 0.5 }])(
    '%o leaves the recorded bits',
    async (settings) => {
      const runDir = join(folder, JSON.stringify(settings));
      const { result } = await trainToEnd(sliceConfig({ workers: 2, runDir, ...settings }));
      expect(result.weightsSha256).toBe(golden.slice);
    },
  );
});

describe('gradient accumulation', () => {
  // 5 or 6 micro-shards a batch; with 3 batches a step, the last of an epoch has fewer.
  const plain = { workers: 2, epochs: 2, microBatch: 12 };

  test.each([2, 3, 4, 8])(
    '%i batches a step leave the bits of one that is so much larger',
    async (accumulate) => {
      const large = { ...plain, batchSize: 64 * accumulate, runDir: join(folder, `large-${accumulate}`) };
      const { result, history } = await trainToEnd(sliceConfig(large));
      const runDir = join(folder, `accumulated-${accumulate}`);
      const accumulated = await trainToEnd(sliceConfig({ ...plain, batchSize: 64, accumulate, runDir }), {
        workerFile: slowWorker,
      });
      expect(accumulated.result.weightsSha256).toBe(result.weightsSha256);
      expect(accumulated.history.map((row) => row.trainLoss)).toEqual(history.map((row) => row.trainLoss));
    },
  );

  test('leaves the same bits with any number of workers, threads and processes, and when resumed', async () => {
    const settings = { ...plain, batchSize: 64, accumulate: 3 };
    const hashes = await Promise.all(
      [1, 3].map(async (workers) => {
        const runDir = join(folder, `accumulated-workers-${workers}`);
        return (await trainToEnd(sliceConfig({ ...settings, workers, runDir }))).result.weightsSha256;
      }),
    );
    const runDir = join(folder, 'accumulated-processes');
    const { result } = await trainToEnd(sliceConfig({ ...settings, device: 'cpu-process,cpu', runDir }));
    expect([...hashes, result.weightsSha256]).toEqual(new Array(3).fill(hashes[0]));
  });
});

describe('patience', () => {
  test('ends a run whose validation accuracy does not get better, as a complete one', async () => {
    const runDir = join(folder, 'patient');
    // At this rate nothing gets better.
    const settings = { workers: 2, epochs: 50, patience: 2, learningRate: 1e-12, runDir };
    const { history, result } = await trainToEnd(sliceConfig(settings));
    expect(history).toHaveLength(3);
    expect(result.bestEpoch).toBe(1);
    const again = await resumeRun(runDir);
    expect(again.history).toHaveLength(3);
    expect(again.result).toEqual(result);
  });
});

describe('a moving average', () => {
  test('is what is validated, hashed and kept', async () => {
    const runDir = join(folder, 'average');
    const { history, result } = await trainToEnd(sliceConfig({ workers: 2, emaDecay: 0.9, runDir }));
    expect(result.weightsSha256).toBe(history.at(-1)?.weightsSha256);
    expect(result.weightsSha256).not.toBe(golden.slice);
    const plain = await trainToEnd(sliceConfig({ workers: 2, runDir: join(folder, 'no-average') }));
    // The training itself does not know of it.
    expect(history.map((row) => row.trainLoss)).toEqual(plain.history.map((row) => row.trainLoss));
    expect((await readFile(join(runDir, 'best.safetensors'))).length).toBeGreaterThan(61_706 * 4);
  });
});
