import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { endCli, startCli } from '../support/cli-process.ts';
import { parseMetrics } from '../support/observation.ts';
import { freePort } from '../support/ports.ts';
import { filesIn } from '../support/run-outcome.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
let runs = 0;
const ending: (() => void)[] = [];

afterEach(() => {
  for (const end of ending.splice(0)) end();
});

function pushing(url: string, epochs: number, run = join(folder, `run-${runs++}`)): string[] {
  return [
    ...['train', '--run-dir', run, '--data', sliceDirectory, '--epochs', String(epochs), '--workers', '2'],
    ...['--no-metrics', '--pushgateway', url],
  ];
}

/** Debian's Pushgateway. @returns its URL; undefined where it is not installed */
async function startPushgateway(): Promise<string | undefined> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const gateway: ChildProcess = spawn(
    'prometheus-pushgateway',
    // Debian's keeps what it was sent from one start to the next.
    [`--web.listen-address=${url.slice('http://'.length)}`, '--persistence.file='],
    { stdio: 'ignore' },
  );
  ending.push(() => gateway.kill());
  let isMissing = false;
  gateway.on('error', () => {
    isMissing = true;
  });
  for (;;) {
    if (isMissing) return undefined;
    const response = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (response?.ok) return url;
    await sleep(50);
  }
}

/** A server in its place. @returns its URL */
async function startInstead(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; host: string }> {
  const server: Server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

const noticesOf = (stderr: string) => stderr.split('\n').filter((line) => /push/.test(line));

describe('--pushgateway with a real Pushgateway', () => {
  test('leaves the final values of each run in a group of its own', async ({ skip }) => {
    const url = await startPushgateway();
    if (url === undefined) return skip('prometheus-pushgateway is not installed');
    for (const epochs of [2, 3]) {
      expect(await endCli(pushing(url, epochs))).toMatchObject({
        exitCode: 0,
        stderr: expect.not.stringContaining('push'),
      });
    }
    const text = await (await fetch(`${url}/metrics`)).text();
    const groups = [
      ...text.matchAll(
        /^lockstep_epochs_total\{instance="(\d{8}-\d{6}-[0-9a-f]{6})",job="lockstep"\} (\d)$/gm,
      ),
    ];
    expect(groups.map((group) => group[2]).sort()).toEqual(['2', '3']);
    for (const [, instance, epochs] of groups) {
      const value = (name: string) =>
        new RegExp(`^${name}\\{instance="${instance}",job="lockstep"\\} (\\S+)$`, 'm').exec(text)?.[1];
      expect(value('lockstep_steps_total')).toBe(String(7 * Number(epochs)));
      expect(value('lockstep_run_progress_ratio')).toBe('1');
      expect(value('lockstep_run_active')).toBe('0');
      expect(value('lockstep_time_left_seconds')).toBe('0');
    }
  });

  test('replaces the values of a group that the URL names', async ({ skip }) => {
    const url = await startPushgateway();
    if (url === undefined) return skip('prometheus-pushgateway is not installed');
    for (const epochs of [3, 2]) {
      expect(await endCli(pushing(`${url}/metrics/job/nightly`, epochs))).toMatchObject({ exitCode: 0 });
    }
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text.match(/^lockstep_epochs_total.*$/gm)).toEqual([
      'lockstep_epochs_total{instance="",job="nightly"} 2',
    ]);
  });
});

describe('--pushgateway', () => {
  test('pushes after each epoch and at the end, logs in, and keeps what it logs in with to itself', async () => {
    const requests: {
      method: string | undefined;
      path: string | undefined;
      login: string | undefined;
      text: string;
    }[] = [];
    const { host } = await startInstead(async (request, response) => {
      const { method, url: path, headers } = request;
      requests.push({ method, path, login: headers.authorization, text: await textOf(request) });
      response.end();
    });
    const run = join(folder, 'secretive');
    const ended = await endCli(pushing(`http://a-user:pass%20w%C3%B6rd@${host}/behind/a/proxy/`, 30, run));
    expect(ended.exitCode).toBe(0);
    expect(new Set(requests.map(({ method, login }) => `${method} ${login}`))).toEqual(
      new Set([`PUT Basic ${Buffer.from('a-user:pass wörd').toString('base64')}`]),
    );
    const paths = new Set(requests.map(({ path }) => path));
    expect([...paths]).toEqual([
      expect.stringMatching(/^\/behind\/a\/proxy\/metrics\/job\/lockstep\/instance\/[-0-9a-f]+$/),
    ]);
    const epochs = requests.map(({ text }) => parseMetrics(text).samples.get('lockstep_epochs_total'));
    // Epochs that end while a push is under way share the next.
    expect(epochs.length).toBeGreaterThan(3);
    expect(epochs[0]).toBeLessThan(5);
    expect(epochs).toEqual(epochs.toSorted((a, b) => (a as number) - (b as number)));
    expect(parseMetrics(requests.at(-1)?.text as string).samples.get('lockstep_run_active')).toBe(0);
    expect(epochs.at(-1)).toBe(30);

    const kept = filesIn(run).map((path) => readFileSync(path, 'latin1'));
    for (const text of [ended.stdout, ended.stderr, ...kept, ...requests.map((request) => request.text)]) {
      expect(text).not.toMatch(/a-user|pass%20|pass w|a\/proxy/);
    }
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'pushes at the end of a run that %s ended, too',
    async (signal) => {
      let last = '';
      const { url } = await startInstead(async (request, response) => {
        last = await textOf(request);
        response.end();
      });
      const cli = startCli(pushing(url, 100_000));
      await cli.untilOutput('epoch      3/');
      cli.process.kill(signal);
      expect((await cli.ended).exitCode).toBe({ SIGINT: 130, SIGTERM: 143 }[signal]);
      const { samples } = parseMetrics(last);
      expect(samples.get('lockstep_run_active')).toBe(0);
      expect(samples.get('lockstep_epochs_total')).toBeGreaterThanOrEqual(3);
    },
  );

  test('says once, and once more at the end, what a gateway that fails has answered', async () => {
    const { url, host } = await startInstead((request, response) => {
      request.resume();
      response.writeHead(500).end('the reason');
    });
    const { exitCode, stderr } = await endCli(pushing(url.replace('//', '//user:secret@'), 10));
    expect(exitCode).toBe(0);
    expect(noticesOf(stderr)).toEqual([
      `note: metrics could not be pushed to http://${host}/ (HTTP status 500); the run does not depend on it.`,
      expect.stringMatching(/^note: (\d+) of \1 pushes of metrics failed; the last one, too\.$/),
    ]);
    expect(stderr).not.toContain('secret');
  });

  test('goes on without a gateway that is not there, or never answers', async () => {
    const unused = `http://127.0.0.1:${await freePort()}`;
    const silent = await startInstead(() => {});
    const trickling = await startInstead((_request, response) => {
      response.writeHead(200);
      const trickle = setInterval(() => response.write('.'), 100);
      response.on('close', () => clearInterval(trickle));
    });
    const outcomes = await Promise.all(
      [unused, silent.url, trickling.url].map((url) => endCli(pushing(url, 2))),
    );
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(noticesOf(outcomes[0]?.stderr as string)[0]).toContain(`${unused}/ (ECONNREFUSED)`);
    expect(noticesOf(outcomes[1]?.stderr as string)).toEqual([
      `note: metrics could not be pushed to ${silent.url}/ (no answer within 5 s); the run does not depend on it.`,
    ]);
    // It took what it was sent; how it goes on is of no interest.
    expect(noticesOf(outcomes[2]?.stderr as string)).toEqual([]);
  });
});
