import { beforeAll, describe, expect, test } from 'vitest';
import golden from '../../fixtures/golden-hashes.json' with { type: 'json' };
import { readTrace, spansNamed, type TraceEvent, tracksOf } from '../../support/trace.ts';
import { trainTraced } from './train-traced.ts';

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

  test('holds every micro-shard of each step exactly once, and all of its update', () => {
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
    const updateTasks = new Map<number, number>();
    for (const { args } of tasks('update')) {
      const step = args['step'] as number;
      updateTasks.set(step, (updateTasks.get(step) ?? 0) + (args['tasks'] as number));
    }
    expect([...updateTasks.values()]).toEqual(new Array(26).fill(8));
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
