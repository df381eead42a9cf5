import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { traceRun } from '../../../src/coordinator/trace/trace-file.ts';
import { train } from '../../../src/coordinator/trainer.ts';
import type { TrainedRun, TrainingOptions } from '../../../src/coordinator/training-options.ts';
import type { Config } from '../../../src/shared/config.ts';
import { ConfigError, RunError } from '../../../src/shared/errors.ts';
import { defaultTraceCapacity } from '../../../src/shared/trace-ring.ts';
import golden from '../../fixtures/golden-hashes.json' with { type: 'json' };
import { startCli } from '../../support/cli-process.ts';
import { runCli } from '../../support/run-cli.ts';
import { parseTrace, readTrace, spansNamed, type TraceEvent, tracksOf } from '../../support/trace.ts';
import { sliceConfig, sliceDirectory, temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();
let runs = 0;

/** Trains on the slice with a trace; what the run throws is returned. */
async function trainTraced(
  settings: Partial<Config> = {},
  options: TrainingOptions & { path?: string } = {},
): Promise<{ path: string; notices: string[]; run: TrainedRun | undefined; error: unknown }> {
  const runDir = join(folder, `run-${runs++}`);
  const { path = `${runDir}.json`, ...trainingOptions } = options;
  const notices: string[] = [];
  const observer = await traceRun(path, (text) => notices.push(text));
  const outcome = await train(sliceConfig({ workers: 2, ...settings, runDir }), {
    traceCapacity: defaultTraceCapacity,
    ...trainingOptions,
    listener: { ...observer.listener, ...options.listener },
  }).then(
    (run) => ({ run, error: undefined }),
    (error: unknown) => ({ run: undefined, error }),
  );
  await observer.close(new AbortController().signal);
  return { path, notices, ...outcome };
}

/** The pairs of spans of a track of which neither lies within the other, and which overlap. */
function crossings(spans: readonly TraceEvent[]): [TraceEvent, TraceEvent][] {
  const open: TraceEvent[] = [];
  const found: [TraceEvent, TraceEvent][] = [];
  for (const span of spans.toSorted((a, b) => a.ts - b.ts || b.end - a.end)) {
    while (open.length > 0 && (open.at(-1) as TraceEvent).end <= span.ts) open.pop();
    const around = open.at(-1);
    if (around !== undefined && around.end < span.end) found.push([around, span]);
    open.push(span);
  }
  return found;
}

afterEach(() => {
  delete process.env['FAULT'];
  delete process.env['POISON'];
});

describe('the trace of a run', () => {
  let events: TraceEvent[];
  let traced: Awaited<ReturnType<typeof trainTraced>>;
  const spansOf = (track: string) =>
    events.filter(({ ph, tid }) => ph === 'X' && tid === tracksOf(events).get(track));
  const tasks = (name: string) =>
    [...spansOf('worker 0 (cpu)'), ...spansOf('worker 1 (cpu)')].filter((span) => span.name === name);
  const steps = () => spansNamed(events, 'step');

  beforeAll(async () => {
    traced = await trainTraced();
    events = readTrace(traced.path);
  });

  test('changes no bit of the weights, and lacks nothing', () => {
    expect(traced).toMatchObject({ error: undefined, notices: [] });
    expect(traced.run?.result?.weightsSha256).toBe(golden.slice);
  });

  test('has a track for the coordinator, for checkpoints, and for each worker with its device', () => {
    expect([...tracksOf(events).keys()]).toEqual([
      'coordinator',
      'checkpoints',
      'worker 0 (cpu)',
      'worker 1 (cpu)',
    ]);
  });

  test('holds every micro-shard of each step exactly once, and all ranges of its update', () => {
    const places = (name: string, field: string) =>
      tasks(name)
        .map(({ args }) => `${args['step']}:${args[field]}`)
        .sort();
    const ofEachStep = (count: (step: number) => number) =>
      Array.from({ length: 26 }, (_, index) => index + 1)
        .flatMap((step) => Array.from({ length: count(step) }, (_, place) => `${step}:${place + 1}`))
        .sort();
    // Steps of 64 samples in micro-shards of 12, but the last one of an epoch, which has 32.
    expect(places('gradients', 'micro_shard')).toEqual(ofEachStep((step) => (step % 13 === 0 ? 3 : 6)));
    const ranges = new Map<number, number>();
    for (const { args } of tasks('update')) {
      const step = args['step'] as number;
      ranges.set(step, (ranges.get(step) ?? 0) + (args['ranges'] as number));
    }
    expect([...ranges.values()]).toEqual(new Array(26).fill(16));
    expect(tasks('evaluate')).toHaveLength(2 * 17);
  });

  test('shows nothing of one worker at the same time', () => {
    for (const worker of ['worker 0 (cpu)', 'worker 1 (cpu)']) {
      const spans = spansOf(worker).sort((a, b) => a.ts - b.ts);
      expect(spans.length).toBeGreaterThan(50);
      for (const [index, span] of spans.entries()) {
        expect(span.ts).toBeGreaterThanOrEqual(spans[index - 1]?.end ?? 0);
      }
    }
  });

  test('puts the tasks of a step within it, and the steps one after the other', () => {
    expect(steps().map(({ args }) => args['step'])).toEqual(
      Array.from({ length: 26 }, (_, index) => index + 1),
    );
    let end = 0;
    for (const step of steps()) {
      expect(step.ts).toBeGreaterThanOrEqual(end);
      end = step.end;
      const within = [...tasks('gradients'), ...tasks('update')].filter(
        ({ args }) => args['step'] === step.args['step'],
      );
      for (const task of within) {
        expect(task.ts).toBeGreaterThanOrEqual(step.ts);
        expect(task.end).toBeLessThanOrEqual(step.end);
      }
    }
  });

  test('nests phases in steps, and steps and the validation in epochs', () => {
    const coordinator = spansOf('coordinator');
    expect(crossings(coordinator)).toEqual([]);
    for (const [index, name] of ['epoch 1', 'epoch 2'].entries()) {
      const [epoch] = spansNamed(events, name) as [TraceEvent];
      const within = coordinator.filter(({ ts, end }) => ts >= epoch.ts && end <= epoch.end);
      const count = (wanted: string) => within.filter((span) => span.name === wanted).length;
      expect(count('step')).toBe(13);
      expect(count('gradients')).toBe(13);
      expect(count('update')).toBe(13);
      expect(count('validation')).toBe(1);
      const validation = within.find((span) => span.name === 'validation') as TraceEvent;
      expect(validation.args['validation_loss']).toBe(traced.run?.history[index]?.validationLoss);
    }
  });

  test('has a curve of the loss, whose values make up that of the history', () => {
    const curve = events.filter(({ ph, name }) => ph === 'C' && name === 'loss');
    expect(curve.map(({ args }) => args['loss'])).toEqual(steps().map(({ args }) => args['loss']));
    const sum = steps()
      .slice(0, 13)
      .reduce((total, { args }) => total + Number(args['loss']) * Number(args['samples']), 0);
    expect(sum / 800).toBeCloseTo(traced.run?.history[0]?.trainLoss as number, 12);
  });

  test('has a checkpoint for each epoch, and how the run ended', () => {
    expect(spansOf('checkpoints').map(({ name, args }) => [name, args['step']])).toEqual([
      ['checkpoint', 13],
      ['checkpoint', 26],
    ]);
    expect(events.at(-1)).toMatchObject({ ph: 'i', name: 'run complete' });
  });
});

describe('a trace', () => {
  test('with too small rings says in itself and in one notice how much is missing', async () => {
    const { path, notices, run } = await trainTraced({}, { traceCapacity: 16 });
    const gaps = readTrace(path).filter(({ name }) => name === 'spans lost');
    const lost = gaps.reduce((sum, { args }) => sum + Number(args['before_this_moment']), 0);
    expect(lost).toBeGreaterThan(100);
    expect(notices).toEqual([expect.stringContaining(`lacks ${lost} spans`)]);
    expect(run?.result).toBeDefined();
  });

  test('of a run that lost a worker shows when, and goes on with the one in its place', async () => {
    process.env['FAULT'] = JSON.stringify({ kind: 'exit1', after: 20, marker: join(folder, 'marker') });
    const { path, run } = await trainTraced(
      { workers: 1 },
      { workerFile: new URL('../../faults/faulty-worker.mjs', import.meta.url) },
    );
    expect(run?.result?.weightsSha256).toBe(golden.slice);
    const events = readTrace(path);
    const track = tracksOf(events).get('worker 0 (cpu)');
    const replaced = events.filter(({ name }) => name === 'worker replaced');
    expect(replaced).toMatchObject([
      { ph: 'i', tid: track, args: { reason: expect.stringContaining('worker 0 ended') } },
    ]);
    const before = spansNamed(events, 'gradients').filter(
      ({ tid, end }) => tid === track && end < (replaced[0] as TraceEvent).ts,
    );
    expect(before).toHaveLength(20);
    expect(spansNamed(events, 'step')).toHaveLength(26);
  });

  test('of a run that fails is whole and says so', async () => {
    process.env['POISON'] = JSON.stringify({ kind: 'loss', globalStep: 15, shard: 1, value: 'NaN' });
    const { path, error } = await trainTraced(
      {},
      { workerFile: new URL('../../faults/poisonous-worker.mjs', import.meta.url) },
    );
    expect(error).toBeInstanceOf(RunError);
    const events = readTrace(path);
    expect(events.at(-1)).toMatchObject({ name: 'run failed' });
    expect(spansNamed(events, 'step')).toHaveLength(15);
    expect(spansNamed(events, 'epoch 2')).toHaveLength(1);
    expect(spansNamed(events, 'validation')).toHaveLength(1);
  });

  test('of a run that is interrupted is whole, and holds the epoch without a validation', async () => {
    const controller = new AbortController();
    const { path, run } = await trainTraced(
      { epochs: 50, checkpointEvery: '1 step' },
      { signal: controller.signal, listener: { onCheckpoint: () => controller.abort() } },
    );
    expect(run?.result).toBeUndefined();
    const events = readTrace(path);
    expect(events.at(-1)).toMatchObject({ name: 'run interrupted' });
    expect(spansNamed(events, 'epoch 1')).toHaveLength(1);
    expect(spansNamed(events, 'step').length).toBeLessThan(13);
    expect(spansNamed(events, 'validation')).toEqual([]);
  });

  test('that cannot be made is an error before anything else is done', async () => {
    const path = join(folder, 'no-such-folder', 'trace.json');
    await expect(traceRun(path, () => {})).rejects.toThrow(ConfigError);
    const run = join(folder, 'never');
    const flags = ['--data', sliceDirectory, '--run-dir', run, '--no-metrics'];
    const { exitCode, stderr } = await runCli(['train', ...flags, '--trace', path]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`error: trace must be a file that can be written, got ${path} (ENOENT`);
    expect(stderr).toContain('Name a file in a folder that exists');
    expect(existsSync(run)).toBe(false);
  });

  test.skipIf(!existsSync('/dev/full'))(
    'that cannot be written any more is one notice, and the run goes on (skipped without /dev/full)',
    async () => {
      const { notices, run } = await trainTraced({}, { path: '/dev/full' });
      expect(notices).toEqual([
        expect.stringMatching(/^the trace \/dev\/full is incomplete: ENOSPC.*goes on/),
      ]);
      expect(run?.result).toBeDefined();
    },
  );

  test('of a command that is killed can be read but for its end', async () => {
    const path = join(folder, 'killed.json');
    const flags = ['--data', sliceDirectory, '--epochs', '500', '--workers', '2', '--no-metrics'];
    const cli = startCli(['train', ...flags, '--run-dir', join(folder, 'killed'), '--trace', path]);
    await cli.untilOutput('epoch  20/500');
    cli.process.kill('SIGKILL');
    expect(await cli.ended).toMatchObject({ signal: 'SIGKILL' });
    const text = readFileSync(path, 'utf8');
    expect(() => parseTrace(text)).toThrow(SyntaxError);
    const lastWhole = text.slice(0, text.lastIndexOf(',\n{'));
    expect(spansNamed(parseTrace(`${lastWhole}]`), 'step').length).toBeGreaterThan(50);
  });
});
