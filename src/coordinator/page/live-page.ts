import type { ServerResponse } from 'node:http';
import type { Route } from '../server/route.ts';
import type { TrainingListener } from '../training-options.ts';
import { EventStream } from './event-stream.ts';
import { LiveRunView } from './live-run-view.ts';
import { pageDocument } from './page-document.ts';
import { readPageFiles } from './page-files.ts';

const sampleMilliseconds = 500;

/** Nothing from elsewhere, nothing inline; the font and the icon are data in the style sheet and the document. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const document = pageDocument({
  title: 'lockstep',
  head: '<link rel="stylesheet" href="/page.css">\n<script type="module" src="/page.js"></script>',
  body: '',
});

/** The page that shows a run while it goes. */
export class LivePage {
  readonly routes: ReadonlyMap<string, Route>;
  readonly listener: TrainingListener;
  #view: LiveRunView | undefined;
  #sampling: NodeJS.Timeout | undefined;

  constructor() {
    const stream = new EventStream(() => this.#view?.view());
    const files = { read: undefined as ReturnType<typeof readPageFiles> | undefined };
    const pageFiles = () => {
      files.read ??= readPageFiles();
      return files.read;
    };
    this.routes = new Map<string, Route>([
      [
        '/',
        (_, response) => {
          response.setHeader('content-security-policy', contentSecurityPolicy);
          send(response, 'text/html', document);
        },
      ],
      ['/page.js', async (_, response) => send(response, 'text/javascript', (await pageFiles()).script)],
      ['/page.css', async (_, response) => send(response, 'text/css', (await pageFiles()).style)],
      ['/events', (request, response) => stream.answer(request, response)],
      ['/run.json', (_, response) => this.#sendView(response)],
    ]);
    this.listener = this.#listen(stream);
  }

  #listen(stream: EventStream): TrainingListener {
    return {
      onStart: (run) => {
        this.#view = new LiveRunView(run);
        this.#sampling = setInterval(() => this.#view?.sample(), sampleMilliseconds).unref();
      },
      onEpochStart: () => this.#view?.epochStarted(),
      onEpochTrained: () => this.#view?.epochTrained(),
      onEpochEnd: (row) => this.#view?.epochEnded(row),
      onWorkerReplaced: (worker, reason) => this.#view?.workerReplaced(worker, reason),
      onCheckpoint: (saved) => this.#view?.checkpointSaved(saved),
      onCheckpointFailed: (error) => this.#view?.checkpointFailed(error),
      onEnd: (end) => {
        clearInterval(this.#sampling);
        this.#view?.ended(end);
        // The process may end at once.
        stream.send();
      },
    };
  }

  #sendView(response: ServerResponse): void {
    const view = this.#view?.view();
    if (view !== undefined) {
      send(response, 'application/json', JSON.stringify(view));
      return;
    }
    response.statusCode = 503;
    response.setHeader('retry-after', '1');
    send(response, 'application/json', JSON.stringify({ error: 'the run has not begun yet' }));
  }
}

function send(response: ServerResponse, type: string, body: string): void {
  response.setHeader('content-type', `${type}; charset=utf-8`);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
