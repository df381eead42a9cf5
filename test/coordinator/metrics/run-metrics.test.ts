import { readdirSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RunMetrics } from '../../../src/coordinator/metrics/run-metrics.ts';
import { train } from '../../../src/coordinator/trainer.ts';
import type { TrainedRun } from '../../../src/coordinator/training-options.ts';
import { parseMetrics, type Scrape } from '../../support/observation.ts';
import { resumeRun } from '../../support/resuming.ts';
import { scrapesOf } from '../../support/scraped-run.ts';
import { sliceConfig, temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();
const poisonousWorker = new URL('../../faults/poisonous-worker.mjs', import.meta.url);
const faultyWorker = new URL('../../faults/faulty-worker.mjs', import.meta.url);
const phases = ['compute', 'wait', 'reduce', 'optimizer', 'gather'];

afterEach(() => {
  delete process.env['POISON'];
  delete process.env['FAULT'];
});

function sumOf({ samples }: Scrape, name: string): number {
  return [...samples].reduce((sum, [key, value]) => (key.startsWith(`${name}{`) ? sum + value : sum), 0);
}

describe('RunMetrics of a run', () => {
  const { at, listener } = scrapesOf();
  let run: TrainedRun;

  beforeAll(async () => {
    run = await train(sliceConfig({ workers: 2, runDir: join(folder, 'run') }), { listener });
  });

  test('say before its start that nothing trains, and leave out what is not known', async () => {
    const { samples } = await at('creation');
    expect(samples.get('lockstep_run_active')).toBe(0);
    expect(samples.get('lockstep_steps_total')).toBe(0);
    const names = [...samples.keys()].join('\n');
    expect(names).not.toMatch(
      /lockstep_(loss|accuracy|best|learning|gradient|throughput|time_left|run_info)/,
    );
    expect(names).not.toMatch(/checkpoint_(size|last)/);
  });

  test('know no speed before the first step, and no time left', async () => {
    const { samples } = await at('start');
    expect(samples.get('lockstep_run_active')).toBe(1);
    expect(samples.get('lockstep_run_progress_ratio')).toBe(0);
    expect(samples.has('lockstep_throughput_samples_per_second')).toBe(false);
    expect(samples.has('lockstep_time_left_seconds')).toBe(false);
    expect(
      samples.get(
        'lockstep_run_info{model="LeNet-5",workers="2",epochs="2",batch_size="64",micro_batch="12",seed="0"}',
      ),
    ).toBe(1);
  });

  test('count in the validation of an epoch all of its steps, and look ahead', async () => {
    const { samples } = await at('training of epoch 1 ended');
    expect(samples.get('lockstep_steps_total')).toBe(13);
    expect(samples.get('lockstep_samples_total')).toBe(800);
    expect(samples.get('lockstep_epochs_total')).toBe(0);
    expect(samples.get('lockstep_epoch_progress_ratio')).toBe(1);
    expect(samples.get('lockstep_run_progress_ratio')).toBe(0.5);
    expect(samples.get('lockstep_throughput_samples_per_second')).toBeGreaterThan(0);
    const left = samples.get('lockstep_time_left_seconds') as number;
    const anEpoch = 800 / (samples.get('lockstep_throughput_samples_per_second') as number);
    // An epoch, and two validations of 200 samples for a third of the cost.
    expect(left).toBeGreaterThan(anEpoch);
    expect(left).toBeLessThan(anEpoch * 1.2);
  });

  test('show the scores of the history', async () => {
    for (const row of run.history) {
      const { samples } = await at(`epoch ${row.epoch} ended`);
      expect(samples.get('lockstep_epochs_total')).toBe(row.epoch);
      expect(samples.get('lockstep_loss{split="validation"}')).toBe(row.validationLoss);
      expect(samples.get('lockstep_accuracy_ratio{split="validation"}')).toBe(row.validationAccuracy);
      // Of the last step, so near the epoch's mean.
      expect(samples.get('lockstep_loss{split="train"}')).toBeCloseTo(row.trainLoss, 0);
      expect(samples.get('lockstep_learning_rate')).toBe(0.001);
      expect(samples.get('lockstep_gradient_norm')).toBeGreaterThan(0);
    }
  });

  test('say at its end that nothing is left to do', async () => {
    const { samples } = await at('end');
    expect(samples.get('lockstep_run_active')).toBe(0);
    expect(samples.get('lockstep_time_left_seconds')).toBe(0);
    expect(samples.get('lockstep_epoch_progress_ratio')).toBe(1);
    expect(samples.get('lockstep_run_progress_ratio')).toBe(1);
    expect(samples.get('lockstep_steps_total')).toBe(26);
    expect(samples.get('lockstep_samples_total')).toBe(1_600);
    expect(samples.get('lockstep_throughput_samples_per_second')).toBeGreaterThan(0);
    const accuracies = run.history.map((row) => row.validationAccuracy);
    expect(samples.get('lockstep_best_validation_accuracy_ratio')).toBe(Math.max(...accuracies));
  });

  test('hold each step once, in each phase', async () => {
    const { samples } = await at('end');
    for (const phase of phases) {
      const of = (part: string, more = '') =>
        samples.get(`lockstep_step_duration_seconds_${part}{${more}phase="${phase}"}`);
      expect(of('count'), phase).toBe(26);
      expect(of('bucket', 'le="+Inf",'), phase).toBe(26);
      expect(of('sum'), phase).toBeGreaterThanOrEqual(0);
    }
    expect(samples.get('lockstep_step_duration_seconds_sum{phase="compute"}')).toBeGreaterThan(0);
  });

  test('divide the work among the workers', async () => {
    const scraped = await at('end');
    // 12 steps of 6 micro-shards and one of 3, twice.
    expect(sumOf(scraped, 'lockstep_worker_micro_shards_total')).toBe(150);
    expect(sumOf(scraped, 'lockstep_worker_samples_total')).toBe(1_600);
    for (const worker of [0, 1]) {
      const of = (name: string) =>
        scraped.samples.get(`lockstep_worker_${name}_total{worker="${worker}",device="cpu"}`);
      expect(of('compute_seconds')).toBeGreaterThan(0);
      expect(of('wait_seconds')).toBeGreaterThanOrEqual(0);
      expect(of('restarts')).toBe(0);
    }
  });

  test('tell of its checkpoints', async () => {
    const { samples } = await at('end');
    const directory = join(run.directory, 'checkpoints');
    const last = statSync(join(directory, readdirSync(directory).sort().at(-1) as string));
    expect(samples.get('lockstep_checkpoint_duration_seconds_count')).toBe(2);
    expect(samples.get('lockstep_checkpoint_failures_total')).toBe(0);
    expect(samples.get('lockstep_checkpoint_size_bytes')).toBe(last.size);
    const timestamp = samples.get('lockstep_checkpoint_last_success_timestamp_seconds') as number;
    expect(Math.abs(timestamp - last.mtimeMs / 1000)).toBeLessThan(60);
  });
});

describe('RunMetrics that nobody asks before the end', () => {
  test('have counted every step', async () => {
    const metrics = new RunMetrics();
    await train(sliceConfig({ runDir: join(folder, 'unwatched'), epochs: 3 }), {
      listener: metrics.listener,
    });
    const { samples } = parseMetrics(await metrics.render());
    expect(samples.get('lockstep_steps_total')).toBe(39);
    expect(samples.get('lockstep_samples_total')).toBe(2_400);
    expect(samples.get('lockstep_step_duration_seconds_count{phase="reduce"}')).toBe(39);
    expect(samples.get('lockstep_throughput_samples_per_second')).toBeGreaterThan(0);
  });
});

describe('RunMetrics of a resumed run', () => {
  test('count from 0, and know from the first moment how far it is and for how long it will go on', async () => {
    const runDir = join(folder, 'resumed');
    const interruption = new AbortController();
    const { result } = await train(sliceConfig({ runDir }), {
      signal: interruption.signal,
      listener: { onEpochEnd: () => interruption.abort() },
    });
    expect(result).toBeUndefined();
    const { at, listener } = scrapesOf();
    const { history } = await resumeRun(runDir, {}, { listener });

    const start = (await at('start')).samples;
    expect(start.get('lockstep_steps_total')).toBe(0);
    expect(start.get('lockstep_epochs_total')).toBe(0);
    expect(start.get('lockstep_run_progress_ratio')).toBe(0.5);
    expect(start.get('lockstep_loss{split="validation"}')).toBe(history[0]?.validationLoss);
    expect(start.get('lockstep_best_validation_accuracy_ratio')).toBe(history[0]?.validationAccuracy);
    expect(start.get('lockstep_time_left_seconds')).toBeCloseTo(history[0]?.seconds as number);
    const end = (await at('end')).samples;
    expect(end.get('lockstep_steps_total')).toBe(13);
    expect(end.get('lockstep_samples_total')).toBe(800);
    expect(end.get('lockstep_run_progress_ratio')).toBe(1);
    expect(end.get('lockstep_time_left_seconds')).toBe(0);
  });
});

describe('RunMetrics of a run that fails', () => {
  test.each([
    { kind: 'loss', value: 'NaN', loss: Number.NaN },
    { kind: 'loss', value: '-Infinity', loss: Number.NEGATIVE_INFINITY },
    { kind: 'gradient', value: 'Infinity', loss: Number.NaN },
  ])('show a loss that is none: $kind $value', async ({ kind, value, loss }) => {
    process.env['POISON'] = JSON.stringify({ kind, globalStep: 17, shard: 3, value });
    const { at, listener } = scrapesOf();
    const config = sliceConfig({ workers: 2, runDir: join(folder, `${kind}-${value}`) });
    await expect(train(config, { listener, workerFile: poisonousWorker })).rejects.toThrow('not finite');
    const { samples } = await at('end');
    expect(samples.get('lockstep_loss{split="train"}')).toBe(loss);
    expect(samples.get('lockstep_run_active')).toBe(0);
    expect(samples.get('lockstep_time_left_seconds')).toBe(0);
    // The step that was refused was not taken.
    expect(samples.get('lockstep_steps_total')).toBe(17);
    if (kind === 'gradient') expect(samples.get('lockstep_gradient_norm')).not.toSatisfy(Number.isFinite);
  });

  test('count a checkpoint that cannot be written', async () => {
    const runDir = join(folder, 'unwritable');
    const { at, listener } = scrapesOf();
    const checkpoints = join(runDir, 'checkpoints');
    const spoil = async () => {
      await rm(checkpoints, { recursive: true });
      await writeFile(checkpoints, 'no folder any more');
    };
    let spoiled: Promise<void> | undefined;
    const config = sliceConfig({ runDir, epochs: 50 });
    const running = train(config, {
      listener: {
        ...listener,
        onCheckpoint: (saved) => {
          listener.onCheckpoint(saved);
          spoiled ??= spoil();
        },
      },
    });
    await expect(running).rejects.toThrow('checkpoints');
    await spoiled;
    const { samples } = await at('end');
    expect(samples.get('lockstep_checkpoint_failures_total')).toBeGreaterThan(0);
  });
});

describe('RunMetrics of a run that loses a worker', () => {
  test('count its restart, under the labels that it has', async () => {
    process.env['FAULT'] = JSON.stringify({ kind: 'exit1', after: 5, marker: join(folder, 'marker') });
    const { at, listener } = scrapesOf();
    const config = sliceConfig({ workers: 2, runDir: join(folder, 'faulty') });
    await train(config, { listener, workerFile: faultyWorker });
    for (const moment of ['worker replaced', 'end'] as const) {
      const scraped = await at(moment);
      expect(sumOf(scraped, 'lockstep_worker_restarts_total')).toBe(1);
      expect(scraped.text).not.toContain('unknown');
    }
  });
});
