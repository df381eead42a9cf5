import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliProcess, type EndedProcess, endCli, startCli } from '../support/cli-process.ts';
import { type Scrape, scrape, urlOf } from '../support/observation.ts';
import { freePort, listeningPorts, listeningPortsProblem, takePort } from '../support/ports.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
let runs = 0;
const newRun = () => join(folder, `run-${runs++}`);
const trainArguments = (run: string, ...more: string[]) => [
  'train',
  '--run-dir',
  run,
  '--data',
  sliceDirectory,
  ...more,
];
const short = ['--epochs', '2', '--workers', '2'];
const long = ['--epochs', '100000', '--checkpoint-every', '100000 epochs'];

async function interrupt(cli: CliProcess): Promise<EndedProcess> {
  cli.process.kill('SIGINT');
  return cli.ended;
}

describe('/metrics of a run', () => {
  const run = newRun();
  let cli: CliProcess;
  let scraped: Scrape;

  beforeAll(async () => {
    cli = startCli(trainArguments(run, ...long, '--workers', '2', '--metrics-port', '0'), {
      environment: { SECRET_OF_THE_ENVIRONMENT: 'a-secret-value' },
    });
    const url = await urlOf(cli);
    await cli.untilOutput('epoch     20/');
    scraped = await scrape(url);
  });

  afterAll(() => interrupt(cli));

  test('are those of docs/metrics.md, with the same types, labels and meanings, and no others', () => {
    // What Node.js tells of itself is not the same on all systems.
    const isComparable = (name: string) => name.startsWith('lockstep_') || process.platform === 'linux';
    // Those of devices and ranks are looked at where there are some: see tfjs-training.test.ts and mpi-metrics.test.ts.
    const isElsewhere = (name: string) => /^lockstep_(device|rank)_/.test(name);
    const documented = readDocumentation().filter(({ name }) => isComparable(name) && !isElsewhere(name));
    const served = describeServed(scraped).filter(({ name }) => isComparable(name));
    expect(served).toEqual(documented);
  });

  test('tell nothing of the machine, the user, the paths or the environment', () => {
    const values = [...scraped.text.matchAll(/\w+="((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] as string);
    expect(values).toContain('LeNet-5');
    const secrets = [
      hostname(),
      process.cwd(),
      run,
      folder,
      tmpdir(),
      homedir(),
      userInfo().username,
      'a-secret-value',
    ];
    for (const secret of secrets)
      expect(
        values.filter((value) => value.includes(secret)),
        secret,
      ).toEqual([]);
    expect(values.filter((value) => value.includes('/'))).toEqual([]);
  });

  test('please promtool', ({ skip }) => {
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: scraped.text, encoding: 'utf8' });
    if (checked.error !== undefined) skip('promtool is not installed');
    expect(checked.stdout + checked.stderr).toBe('');
    expect(checked.status).toBe(0);
  });

  test.skipIf(listeningPortsProblem !== undefined)(
    'are all that is listened for, and nothing is with --no-metrics',
    async () => {
      expect(listeningPorts(cli.process.pid as number)).toHaveLength(1);
      const silent = startCli(trainArguments(newRun(), ...long, '--no-metrics'));
      await silent.untilOutput('epoch      1/');
      expect(listeningPorts(silent.process.pid as number)).toEqual([]);
      expect((await interrupt(silent)).stderr).not.toContain('metrics');
    },
  );
});

describe('the port of the metrics', () => {
  test('is done without where it is the default and taken, and must be free where it is named', async () => {
    const { server } = await takePort(9464);
    const unnamed = await endCli(trainArguments(newRun(), ...short));
    expect(unnamed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('weights SHA-256') });
    expect(unnamed.stderr).toContain(
      'note: no metrics and no page: port 9464 of 127.0.0.1 is taken; --metrics-port 0',
    );
    expect(unnamed.stderr).not.toContain('metrics and page ');

    const run = newRun();
    const named = await endCli(trainArguments(run, ...short, '--metrics-port', '9464'));
    expect(named).toMatchObject({ exitCode: 2, stdout: '' });
    expect(named.stderr).toMatch(
      /^error: metricsPort must be a free port of 127\.0\.0\.1, got 9464, which is taken\.\n.*--no-metrics/m,
    );
    expect(existsSync(run)).toBe(false);
    server.close();
  });

  test('belongs to an address of this machine', async () => {
    const run = newRun();
    const outcome = await endCli(
      trainArguments(run, ...short, '--metrics-host', '203.0.113.1', '--metrics-port', '0'),
    );
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toMatch(
      /^error: metricsHost must be an address of this machine, got 203\.0\.113\.1 \(/m,
    );
    expect(existsSync(run)).toBe(false);
  });

  test('can be chosen, also in the environment', async () => {
    const port = await freePort();
    const cli = startCli(trainArguments(newRun(), ...long), {
      environment: { LOCKSTEP_METRICS_PORT: String(port) },
    });
    expect(await urlOf(cli)).toBe(`http://127.0.0.1:${port}/`);
    expect((await scrape(`http://127.0.0.1:${port}/`)).samples.get('lockstep_run_active')).toBe(1);
    await interrupt(cli);
  });
});

interface Description {
  name: string;
  type: string;
  labels: string[];
  meaning: string;
}

/** The rows of all tables whose first column is a metric's name. */
function readDocumentation(): Description[] {
  const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = text.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) ?\| (.+) \|$/gm);
  return [...rows].map((row) => {
    const [name, type, labels, meaning] = row.slice(1) as [string, string, string, string];
    return {
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map((match) => match[1] as string),
      meaning,
    };
  });
}

function describeServed({ samples, types, help }: Scrape): Description[] {
  return [...types].map(([name, type]) => {
    const ofMetric = new RegExp(`^${name}${type === 'histogram' ? '_(bucket|sum|count)' : ''}(\\{|$)`);
    const keys = [...samples.keys()].filter((key) => ofMetric.test(key));
    const labels = keys.flatMap((key) => [...key.matchAll(/(\w+)="/g)].map((match) => match[1] as string));
    return {
      name,
      type,
      labels: [...new Set(labels)].filter((label) => label !== 'le'),
      meaning: help.get(name) as string,
    };
  });
}
