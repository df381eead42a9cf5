import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { EventStream } from '../../../src/coordinator/page/event-stream.ts';
import type { RunView } from '../../../src/shared/run-view.ts';
import { followEvents } from '../../support/event-client.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A view, large enough that a few fill every buffer on the way. */
function largeView(step: number): RunView {
  const text = 'x'.repeat(1 << 20);
  return {
    progress: { step },
    history: [],
    stepLosses: [],
    throughput: [],
    workerTimes: [],
    events: [],
    run: `${step}${text}`,
  } as unknown as RunView;
}

async function serve(view: () => RunView | undefined) {
  const stream = new EventStream(view);
  const responses: ServerResponse[] = [];
  const server = createServer((request, response) => {
    responses.push(response);
    stream.answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { stream, responses, port, url: `http://127.0.0.1:${port}/` };
}

describe('EventStream', () => {
  test('drops a viewer that does not read, and never keeps more for it than it has not taken', async () => {
    let step = 0;
    const { stream, responses, port, url } = await serve(() => largeView(step));
    const reader = await followEvents(url);
    const socket = connect(port, '127.0.0.1').pause();
    socket.on('error', () => {});
    socket.write('GET /events HTTP/1.1\r\nhost: x\r\n\r\n');
    closers.push(() => socket.destroy());
    await expect.poll(() => responses.length).toBe(2);
    const blocked = responses[1] as ServerResponse;
    let most = 0;
    const closed = once(blocked, 'close');
    while (!blocked.destroyed) {
      step++;
      stream.send();
      most = Math.max(most, blocked.writableLength);
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
    expect(step).toBeGreaterThan(20);
    // Two messages at most: the first, and one that was sent while the system still took some.
    expect(most).toBeLessThan(3 << 20);
    // The other one is still there, and has seen everything.
    await reader.until((view) => view.progress.step === step);
    reader.close();
  });

  test('sends one that has fallen behind the whole view as soon as it reads again', async () => {
    let step = 0;
    const { stream, responses, url } = await serve(() => largeView(step));
    const reader = await followEvents(url);
    const [response] = responses as [ServerResponse];
    // Stands for a network that takes nothing for a while.
    response.socket?.cork();
    step = 1;
    stream.send();
    step = 2;
    stream.send();
    response.socket?.uncork();
    await expect.poll(() => response.writableNeedDrain).toBe(false);
    step = 3;
    stream.send();
    const view = await reader.until((each) => each.progress.step === 3);
    expect(view.run.startsWith('3x')).toBe(true);
    expect(reader.names).toEqual(['view', 'update', 'view']);
    reader.close();
  });

  test('computes nothing while nobody looks', async () => {
    let computed = 0;
    const { stream } = await serve(() => {
      computed++;
      return largeView(computed);
    });
    stream.send();
    expect(computed).toBe(0);
  });

  test('gives a sign of life where nothing has changed', async () => {
    const view = largeView(1);
    const { url } = await serve(() => view);
    const response = await fetch(`${url}events`);
    let text = '';
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (text.endsWith(':\n\n:\n\n')) break;
    }
    expect(text.startsWith('retry: 2000\n\nevent: view\n')).toBe(true);
  });
});
