import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { download } from '../../../src/coordinator/dataset/http-download.ts';

const body = Buffer.alloc(300_000, 'lockstep');
const limits = { connectTimeoutMs: 5000, stallTimeoutMs: 5000, maximumBytes: 1_000_000 };

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.gz`;
}

async function collect(url: string, options: Partial<Parameters<typeof download>[1]> = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of download(url, { ...limits, ...options })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('download', () => {
  test('gives the body and reports every byte of it', async () => {
    const url = await serve((_request, response) =>
      response.setHeader('content-length', body.length).end(body),
    );
    const progress: [number, number | undefined][] = [];
    const onProgress = (received: number, total: number | undefined) => progress.push([received, total]);
    expect(Buffer.compare(await collect(url, { onProgress }), body)).toBe(0);
    expect(progress.at(-1)).toEqual([body.length, body.length]);
  });

  test('asks for no content encoding, which would falsify the byte counts', async () => {
    let asked: unknown;
    const url = await serve((request, response) => {
      asked = request.headers['accept-encoding'];
      response.end(body);
    });
    await collect(url);
    expect(asked).toBe('identity');
  });

  test('refuses a status other than success', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end('not here'));
    await expect(collect(url)).rejects.toThrow(`${url}: HTTP status 404 Not Found, expected 200.`);
  });

  test('says at once that nobody listens', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(collect(`http://127.0.0.1:${port}/x`)).rejects.toThrow(/connect ECONNREFUSED/);
  });

  test('says at once that the host has no address', async () => {
    await expect(collect('http://lockstep.invalid/x')).rejects.toThrow(
      /lockstep\.invalid\/x: .*(ENOTFOUND|EAI_AGAIN)/,
    );
  });

  test('gives up on a host that does not answer', async () => {
    const url = await serve(() => {});
    await expect(collect(url, { connectTimeoutMs: 100 })).rejects.toThrow(`${url}: no answer within 0.1 s.`);
  });

  test('gives up on a host that stops in the middle', async () => {
    const url = await serve((_request, response) => void response.write(body));
    await expect(collect(url, { stallTimeoutMs: 100 })).rejects.toThrow(`${url}: no data within 0.1 s.`);
  });

  test('gives up on a host that sends nothing behind its headers', async () => {
    const url = await serve((_request, response) => response.writeHead(200).flushHeaders());
    await expect(collect(url, { stallTimeoutMs: 100 })).rejects.toThrow(`${url}: no data within 0.1 s.`);
  });

  test('does not take a slow reader for a stalled host', async () => {
    const url = await serve((_request, response) => response.end(body));
    let received = 0;
    for await (const chunk of download(url, { ...limits, stallTimeoutMs: 150 })) {
      if (received === 0) await new Promise((resolve) => setTimeout(resolve, 400));
      received += chunk.length;
    }
    expect(received).toBe(body.length);
  });

  test.each([
    ['announced', (length: number) => ({ 'content-length': length })],
    ['chunked', () => ({})],
  ])('notices an %s body that breaks off', async (_name, headers) => {
    const url = await serve((_request, response) => {
      response.writeHead(200, headers(body.length)).write(body.subarray(0, 1000), () => response.destroy());
    });
    await expect(collect(url)).rejects.toThrow(
      new RegExp(`${url}: .*(other side closed|terminated|aborted)`),
    );
  });

  test('refuses a body that is announced as too large before it is read', async () => {
    const url = await serve(
      (_request, response) => void response.writeHead(200, { 'content-length': 2_000_000 }).write('x'),
    );
    await expect(collect(url)).rejects.toThrow(`${url}: at least 2000000 bytes, expected at most 1000000.`);
  });

  test('stops reading a body that turns out to be too large', async () => {
    const url = await serve((_request, response) => {
      const more = () => {
        while (response.write(body));
      };
      response.on('drain', more);
      more();
    });
    await expect(collect(url)).rejects.toThrow(/at least \d+ bytes, expected at most 1000000/);
  });

  test('closes the connection when the reader stops early', async () => {
    let closed = false;
    const url = await serve((request, response) => {
      request.socket.once('close', () => {
        closed = true;
      });
      response.write(body);
    });
    for await (const chunk of download(url, limits)) {
      void chunk;
      break;
    }
    await expect.poll(() => closed).toBe(true);
  });

  test('closes the connection when it refuses the answer', async () => {
    let closed = false;
    const url = await serve((request, response) => {
      request.socket.once('close', () => {
        closed = true;
      });
      response.writeHead(404).write(body);
    });
    await expect(collect(url)).rejects.toThrow('HTTP status 404');
    await expect.poll(() => closed).toBe(true);
  });

  test('ends with the reason of the signal when that aborts', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by the user');
    const url = await serve((_request, response) => {
      response.write(body, () => stop.abort(reason));
    });
    await expect(collect(url, { signal: stop.signal })).rejects.toBe(reason);
  });
});
