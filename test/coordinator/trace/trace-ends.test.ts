import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { traceRun } from '../../../src/coordinator/trace/trace-file.ts';
import { ConfigError, RunError } from '../../../src/shared/errors.ts';
import golden from '../../fixtures/golden-hashes.json' with { type: 'json' };
import { startCli } from '../../support/cli-process.ts';
import { runCli } from '../../support/run-cli.ts';
import { parseTrace, readTrace, spansNamed, type TraceEvent, tracksOf } from '../../support/trace.ts';
import { sliceDirectory } from '../../support/training.ts';
import { folder, trainTraced } from './train-traced.ts';

afterEach(() => {
  delete process.env['FAULT'];
  delete process.env['POISON'];
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
