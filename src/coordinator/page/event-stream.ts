import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RunView } from '../../shared/run-view.ts';
import { updateBetween } from '../../shared/run-view-update.ts';

/** Each of them holds one of the server's connections. */
export const maximumViewers = 8;
const updateMilliseconds = 500;
/** What a browser waits before it connects again. */
const retryMilliseconds = 2_000;
/** A viewer that has not read what it was sent for so long is dropped. */
const patienceMilliseconds = 4_000;

interface Viewer {
  response: ServerResponse;
  /** Since when what was sent is not read; it is sent nothing more until it has caught up. */
  behindSince: number | undefined;
}

/**
 * Sends a view of the run to those who look, and then what changes in it (server-sent events, HTML Living Standard, section
 * 9.2). While nobody looks, nothing is computed.
 */
export class EventStream {
  readonly #view: () => RunView | undefined;
  readonly #viewers = new Set<Viewer>();
  #sent: RunView | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param view undefined before the run has begun */
  constructor(view: () => RunView | undefined) {
    this.#view = view;
  }

  /** Answers one who wants to look. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.#viewers.size >= maximumViewers) {
      response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '10' });
      response.end(`${maximumViewers} pages are watching this run already; close one, or try again later.\n`);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const viewer: Viewer = { response, behindSince: undefined };
    this.#viewers.add(viewer);
    response.on('close', () => this.#forget(viewer));
    response.write(`retry: ${retryMilliseconds}\n\n`);
    const view = this.#view();
    if (view !== undefined) sendView(viewer, view);
    this.#sent ??= view;
    this.#timer ??= setInterval(() => this.send(), updateMilliseconds).unref();
  }

  /** Sends what has changed; where nothing has, a sign of life. */
  send(): void {
    if (this.#viewers.size === 0) return;
    const view = this.#view();
    const update = view === undefined ? undefined : this.#describeUpdate(view);
    for (const viewer of this.#viewers) {
      if (viewer.response.writableNeedDrain) this.#wait(viewer);
      // Before the run began there was no view that an update could lead on from.
      else if (view !== undefined && (viewer.behindSince !== undefined || this.#sent === undefined))
        sendView(viewer, view);
      else viewer.response.write(update ?? ':\n\n');
    }
    this.#sent = view;
  }

  #describeUpdate(view: RunView): string | undefined {
    if (this.#sent === undefined || this.#sent === view) return undefined;
    return formatEvent('update', updateBetween(this.#sent, view));
  }

  #wait(viewer: Viewer): void {
    viewer.behindSince ??= performance.now();
    if (performance.now() - viewer.behindSince > patienceMilliseconds) viewer.response.destroy();
  }

  #forget(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#sent = undefined;
  }
}

function sendView(viewer: Viewer, view: RunView): void {
  viewer.behindSince = undefined;
  viewer.response.write(formatEvent('view', view));
}

function formatEvent(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
