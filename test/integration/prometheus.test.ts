import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type CliProcess, startCli } from '../support/cli-process.ts';
import { interpolate, labelVariables, panels, rangeSeconds } from '../support/grafana-dashboard.ts';
import { isInstalled, MonitoringServer } from '../support/monitoring-server.ts';
import { urlOf } from '../support/observation.ts';
import { Prometheus, type Series } from '../support/prometheus.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const missing = (['prometheus', 'prometheus-pushgateway'] as const).filter((name) => !isInstalled(name));
const skipReason = missing.length === 0 ? '' : ` (skips: ${missing.join(' and ')} not installed)`;
/** Prometheus scrapes each second; what is asked for comes after some seconds, later on a busy machine. */
const patience = { timeout: 50_000, interval: 500 };

const job = 'lockstep';
/** Where the run is scraped, and the name that it pushes under. */
const instances = { scraped: '', pushed: '' };

let gateway: MonitoringServer;
let run: CliProcess;
let prometheus: Prometheus;

describe.skipIf(missing.length > 0)(`a real Prometheus that watches a run${skipReason}`, () => {
  beforeAll(async () => {
    // Debian's keeps what was pushed in a file of the machine, if it is not told otherwise.
    gateway = await MonitoringServer.start('prometheus-pushgateway', ['--persistence.file=']);
    run = startCli([
      ...['train', '--run-dir', join(folder, 'run'), '--data', sliceDirectory, '--epochs', '1000000'],
      ...['--workers', '2', '--metrics-port', '0', '--pushgateway', `http://${gateway.address}`],
    ]);
    instances.scraped = new URL(await urlOf(run)).host;
    prometheus = await Prometheus.start({ lockstep: instances.scraped, pushgateway: gateway.address });
    instances.pushed = await vi.waitUntil(
      async () => (await instancesShown()).find((name) => name !== instances.scraped),
      patience,
    );
  });

  afterAll(async () => {
    run.process.kill('SIGKILL');
    await run.ended;
    await prometheus.stop();
    await gateway.stop();
  });

  test.each([{ way: 'scraped' }, { way: 'pushed' }] as const)(
    'answers every query of every panel for a run that is $way',
    async ({ way }) => {
      const values = { job, instance: instances[way] };
      // What was pushed may be there before the first scrape, and the other way round.
      await expect.poll(() => unansweredVariables(values), patience).toEqual([]);
      await expect.poll(() => unansweredQueries(values), patience).toEqual([]);
    },
  );

  test('evaluates every alert, finds every metric that one names, and has nothing to tell of a sound run', async () => {
    const rules = () => prometheus.rules();
    await expect
      .poll(async () => (await rules()).map(({ health }) => health), patience)
      .not.toContain('unknown');
    for (const rule of await rules()) {
      expect(rule).toMatchObject({ health: 'ok', state: 'inactive' });
      expect(rule.lastError).toBeUndefined();
      for (const metric of metricsIn(rule.query)) {
        const series = await prometheus.queryRange(metric, rangeSeconds);
        expect(series, `${rule.name}: ${metric}`).not.toEqual([]);
      }
    }
    expect(await rules()).not.toEqual([]);
  });
});

/** What the viewer can pick from. */
function instancesShown(): Promise<string[]> {
  const { selector, label } = labelVariables.find(
    ({ name }) => name === 'instance',
  ) as (typeof labelVariables)[0];
  return prometheus.labelValues(label, interpolate(selector, { job }));
}

/** Variables of the dashboard that do not offer the run. */
async function unansweredVariables(values: { job: string; instance: string }): Promise<string[]> {
  const unanswered: string[] = [];
  for (const { name, selector, label } of labelVariables) {
    const offered = await prometheus.labelValues(label, interpolate(selector, values));
    if (!offered.includes(values[name as keyof typeof values])) unanswered.push(name);
  }
  return unanswered;
}

/** Queries of the dashboard that no number comes back from, or without a label that their legend wants. */
async function unansweredQueries(values: { job: string; instance: string }): Promise<string[]> {
  const unanswered: string[] = [];
  for (const { title, targets = [] } of panels) {
    for (const { expr, range, legendFormat, refId } of targets) {
      const expression = interpolate(expr, values);
      const series = range
        ? await prometheus.queryRange(expression, rangeSeconds)
        : await prometheus.query(expression);
      if (!isAnswer(series, legendFormat)) unanswered.push(`${title}, ${refId}: ${expression}`);
    }
  }
  return unanswered;
}

function isAnswer(series: readonly Series[], legend: string): boolean {
  const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label as string);
  return (
    series.length > 0 &&
    series.every(
      (each) =>
        each.values.some(Number.isFinite) && labels.every((label) => each.labels[label] !== undefined),
    )
  );
}

/** Names of the metrics in an expression: all words but functions, operators and the labels of a grouping or matching. */
function metricsIn(expression: string): Set<string> {
  const words =
    expression.replaceAll(/ ?\b(by|ignoring|on) \([^)]*\)/g, '').match(/\b[a-z_]\w*\b(?! ?\()/g) ?? [];
  return new Set(words.filter((word) => !['and', 'or', 'unless'].includes(word)));
}
