import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockstep } from '../../bench/lockstep-run.ts';
import { watchRun } from '../../bench/run-watchers.ts';
import { sliceDirectory } from '../support/training.ts';

const requests: string[] = [];
let viewerLeft: Promise<unknown> | undefined;
const server = createServer((request, response) => {
  requests.push(request.url as string);
  if (request.url !== '/events') {
    response.end('text');
    return;
  }
  viewerLeft = once(response, 'close');
  response.write('data: 1\n\ndata: 2\n\n');
});
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => server.close());

describe('watchRun', () => {
  test('scrapes, opens the page and listens to its events, until it is ended', async () => {
    const end = watchRun(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    while (viewerLeft === undefined) await once(server, 'request');
    // More than a scrape's answer and two events can take to arrive.
    while (requests.filter((path) => path === '/metrics').length < 2) await once(server, 'request');
    expect(await end()).toEqual({ scrapes: expect.any(Number), pageEvents: 2 });
    expect(requests.filter((path) => path !== '/metrics')).toEqual(['/', '/page.js', '/page.css', '/events']);
    await viewerLeft;
  });

  test('of a server that is gone has seen nothing', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    const end = watchRun(`http://127.0.0.1:${port}/`);
    expect(await end()).toEqual({ scrapes: 0, pageEvents: 0 });
  });
});

describe('lockstep', () => {
  test('trains with everything observed, by clients that did observe, to the same bits as with nothing', async () => {
    const hashes: unknown[] = [];
    for (const observed of ['everything', 'nothing'] as const) {
      const { report, otherThreadsShare } = await lockstep(
        'a contestant',
        2,
        20,
        sliceDirectory,
        observed,
      ).run();
      if (process.platform === 'linux') {
        expect(otherThreadsShare).toBeGreaterThan(0);
        expect(otherThreadsShare).toBeLessThan(1);
      }
      hashes.push(report['weightsSha256']);
    }
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[1]).toBe(hashes[0]);
  });
});
