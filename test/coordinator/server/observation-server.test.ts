import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ObservationServer } from '../../../src/coordinator/server/observation-server.ts';
import type { Route } from '../../../src/coordinator/server/route.ts';
import { type RawClient, sendRaw } from '../../support/raw-client.ts';

const hugeBytes = 64 * 1024 * 1024;
const routes = new Map<string, Route>([
  ['/text', (_request, response) => void response.end('text')],
  ['/own-policy', (_request, response) => void response.setHeader('content-security-policy', 'own').end()],
  ['/broken', () => Promise.reject(new Error('a secret of the server'))],
  [
    '/broken-halfway',
    (_request, response) => {
      response.write('half');
      throw new Error('a secret');
    },
  ],
  ['/huge', (_request, response) => void response.end(Buffer.alloc(hugeBytes))],
  [
    '/endless',
    (_request, response) => {
      const timer = setInterval(() => response.write('and on '), 50);
      response.on('close', () => clearInterval(timer));
    },
  ],
]);
const loopback = { host: '127.0.0.1', port: 0 };
let server: ObservationServer;

beforeAll(async () => {
  server = await ObservationServer.listen(loopback, routes);
});

afterAll(() => server.close());

const get = (path: string, options: RequestInit = {}) => fetch(new URL(path, server.url), options);

/** Sends requests and takes the status of the first answer. */
const statusOf = async (text: string | Uint8Array) =>
  Number((await sendRaw(server.url, text).answer).split(' ', 2)[1]);

describe('ObservationServer', () => {
  test('answers GET, and HEAD without a body', async () => {
    const response = await get('/text?query=is&of=no-interest');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('text');
    const head = await get('/text', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('refuses %s', async (method) => {
    for (const path of ['/text', '/nowhere']) {
      const response = await get(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
    }
  });

  test.each([
    '/',
    '/nowhere',
    '/text/',
    '/TEXT',
    '/text/../text2',
    '//text',
    '/%74ext',
    '/..%2f..%2fetc/passwd',
  ])('finds nothing at %s', async (path) => {
    expect(await statusOf(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toBe(404);
  });

  test('keeps what it serves from caches, other pages and guesses at its type', async () => {
    for (const path of ['/text', '/nowhere', '/broken']) {
      const { headers } = await get(path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('server')).toBeNull();
    }
    expect((await get('/own-policy')).headers.get('content-security-policy')).toBe('own');
  });

  test('refuses names that are not its own', async () => {
    const status = (host: string) => statusOf(`GET /text HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(await status('evil.example')).toBe(403);
    expect(await status('localhost:1234')).toBe(200);
    expect(await statusOf('GET /text HTTP/1.1\r\n\r\n')).toBe(400);
  });

  test('takes any name where other machines may ask', async () => {
    const open = await ObservationServer.listen({ host: '0.0.0.0', port: 0 }, routes);
    const { answer } = sendRaw(open.url, 'GET /text HTTP/1.1\r\nHost: trainer:9464\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 200 .*text$/s);
    await open.close();
  });

  test('says where it is found', async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    for (const [host, shown] of [
      ['0.0.0.0', '127.0.0.1'],
      ['localhost', 'localhost'],
    ] as const) {
      const other = await ObservationServer.listen({ host, port: 0 }, routes);
      expect(new URL(other.url).hostname).toBe(shown);
      await other.close();
    }
  });

  test('answers one request a connection, and closes it', async () => {
    const request = 'GET /text HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n';
    // That one is cut off after 5 s: the other must not wait for that.
    const silent = sendRaw(server.url, '');
    const { answer } = sendRaw(server.url, request.repeat(50));
    const first = await Promise.race([answer, silent.answer.then(() => 'closed too late')]);
    silent.socket.destroy();
    expect(first.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(first).toMatch(/^connection: close/im);
  });

  test('tells nothing of a route that fails, and goes on', async () => {
    const response = await get('/broken');
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('This could not be answered.\n');
    expect(
      await sendRaw(server.url, 'GET /broken-halfway HTTP/1.1\r\nHost: localhost\r\n\r\n').answer,
    ).not.toContain('secret');
    expect((await get('/text')).status).toBe(200);
  });

  test('refuses garbage and headers that are too large', async () => {
    expect(await statusOf('no HTTP at all\r\n\r\n')).toBe(400);
    expect(await statusOf(Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 256))).toBe(400);
    const header = `X: ${'x'.repeat(9_000)}\r\n`;
    expect(await statusOf(`GET /text HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`)).toBe(431);
    expect(await statusOf(`GET /${'x'.repeat(9_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toBe(431);
    expect((await get('/text')).status).toBe(200);
  });
});

describe('a client that takes its time', () => {
  test('is cut off, however it does it, and makes room for others', { timeout: 60_000 }, async () => {
    const halfOpen = 'GET /text HTTP/1.1\r\nHost: localhost\r\n';
    const slow: Record<string, RawClient> = {
      'says nothing': sendRaw(server.url, ''),
      'never ends its headers': sendRaw(server.url, halfOpen),
      'sends a header now and then': sendRaw(server.url, halfOpen),
      'never sends its body': sendRaw(
        server.url,
        'GET /endless HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n',
      ),
      'never reads': sendRaw(server.url, 'GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n', { reads: false }),
    };
    for (let index = 0; index < 11; index++) slow[`is one of many: ${index}`] = sendRaw(server.url, halfOpen);
    const trickle = setInterval(() => slow['sends a header now and then']?.socket.write('X: x\r\n'), 200);
    await Promise.all(Object.values(slow).map(({ socket }) => once(socket, 'connect')));
    // All 16 places are taken.
    await expect(get('/text')).rejects.toThrow();

    const ended = new Set<string>();
    for (const [name, { socket, answer }] of Object.entries(slow)) {
      void answer.then(() => ended.add(name));
      // Whoever does not read learns of the end only by asking for more.
      if (name === 'never reads') setTimeout(() => socket.resume(), 13_000);
    }
    while (ended.size < 16) await sleep(100);
    clearInterval(trickle);
    expect(slow['never reads']?.socket.bytesRead).toBeLessThan(hugeBytes);
    expect((await get('/text')).status).toBe(200);
  });
});

describe('ObservationServer.close', () => {
  test('waits for nobody', async () => {
    const closing = await ObservationServer.listen(loopback, routes);
    const clients = ['', 'GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n', 'GET /text HTTP'].map((text) =>
      sendRaw(closing.url, text),
    );
    await Promise.all(clients.map(({ socket }) => once(socket, 'connect')));
    await once((clients[1] as RawClient).socket, 'data');
    expect(clients.map(({ socket }) => socket.readyState)).toEqual(['open', 'open', 'open']);
    await closing.close();
    const answers = await Promise.all(clients.map(({ answer }) => answer));
    expect(answers[1]).toContain('and on');
    await expect(fetch(closing.url)).rejects.toThrow();
  });
});

describe('ObservationServer.listen', () => {
  test('fails where something else listens', async () => {
    const port = Number(new URL(server.url).port);
    await expect(ObservationServer.listen({ host: '127.0.0.1', port }, routes)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
