import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { writeWeights } from '../../src/coordinator/weights-file.ts';
import { type CliProcess, startCli } from '../support/cli-process.ts';
import { dashboard, interpolate, rangeSeconds } from '../support/grafana-dashboard.ts';
import { isInstalled } from '../support/monitoring-server.ts';
import { urlOf } from '../support/observation.ts';
import { Prometheus, type Rule } from '../support/prometheus.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const hasPrometheus = isInstalled('prometheus');
const skipReason = hasPrometheus ? '' : ' (skips: prometheus is not installed)';
const patience = { timeout: 50_000, interval: 500 };

let run: CliProcess;
let instance: string;
let prometheus: Prometheus;

/** Trains on the slice for longer than anybody waits, watched by a Prometheus. */
async function watchRun(name: string, ...args: readonly string[]): Promise<void> {
  run = startCli([
    ...['train', '--run-dir', join(folder, name), '--data', sliceDirectory, '--epochs', '1000000'],
    ...['--workers', '2', '--metrics-port', '0', ...args],
  ]);
  instance = new URL(await urlOf(run)).host;
  prometheus = await Prometheus.start({ lockstep: instance });
}

/** Names of the alerts that are not inactive, `firing` or soon to be. */
async function alarms(): Promise<string[]> {
  return (await prometheus.rules()).filter(({ state }) => state !== 'inactive').map(({ name }) => name);
}

/** Until all rules were evaluated again. */
async function nextEvaluation(): Promise<void> {
  const now = new Date().toISOString();
  const isSince = (rules: Rule[]) => rules.every(({ lastEvaluation }) => lastEvaluation > now);
  await expect.poll(async () => isSince(await prometheus.rules()), patience).toBe(true);
}

describe.skipIf(!hasPrometheus)(`the alerts of a real run${skipReason}`, () => {
  afterEach(async () => {
    run.process.kill('SIGKILL');
    await run.ended;
    await prometheus.stop();
  });

  test('tell of a loss that is not finite while the failed run lingers, and the dashboard marks it', async () => {
    const init = join(folder, 'huge.safetensors');
    await writeWeights(init, new Float32Array(61_706).fill(1e38), {});
    await watchRun('not-finite', '--init', init, '--metrics-linger', '600');

    await expect.poll(alarms, patience).toEqual(['LockstepLossNotFinite']);
    const alerts = (await prometheus.rules()).flatMap((rule) => rule.alerts);
    // One, though neither loss nor gradient is finite.
    expect(alerts).toMatchObject([
      {
        state: 'firing',
        labels: { instance, job: 'lockstep', severity: 'critical' },
        annotations: { summary: `The loss or gradient of the run at ${instance} is not finite.` },
      },
    ]);
    const [{ expr } = { expr: '' }] = dashboard.annotations.list;
    const marks = () => prometheus.queryRange(interpolate(expr, { job: 'lockstep', instance }), rangeSeconds);
    await expect.poll(marks, patience).not.toEqual([]);
  });

  test('tell of a process that was stopped, not once it goes on, and not of one that is gone', async () => {
    await watchRun('stopped');
    await expect.poll(() => prometheus.query('lockstep_run_active == 1'), patience).not.toEqual([]);
    run.process.kill('SIGSTOP');
    await expect.poll(alarms, patience).toEqual(['LockstepRunUnresponsive']);

    run.process.kill('SIGCONT');
    await expect.poll(alarms, patience).toEqual([]);

    run.process.kill('SIGKILL');
    await expect.poll(() => prometheus.query('up == 0'), patience).not.toEqual([]);
    await nextEvaluation();
    expect(await alarms()).toEqual([]);
  });
});
