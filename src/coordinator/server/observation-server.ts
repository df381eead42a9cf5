import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopback, isMeantForLoopback } from './host-guard.ts';
import type { Route } from './route.ts';

/** What a client may take: nothing that it does, or leaves undone, may cost the run more. */
const limits = {
  connections: 16,
  /** For its request, and of silence on either side. */
  milliseconds: 5_000,
  headerBytes: 8_192,
} as const;

/** For all answers; a route may set others. */
const commonHeaders = {
  'cache-control': 'no-store',
  // Nothing is served that a page may load unless its own route allows it.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // A connection that waits for a next request would take the place of another.
  connection: 'close',
} as const;

/** Serves a run to those who watch it. Read-only; no reason for the process to go on. */
export class ObservationServer {
  readonly #server: Server;
  readonly #host: string;
  readonly #routes: ReadonlyMap<string, Route>;
  #isLocal = true;
  #url = '';

  private constructor(host: string, routes: ReadonlyMap<string, Route>) {
    this.#host = host;
    this.#routes = routes;
    this.#server = createServer(
      {
        headersTimeout: limits.milliseconds,
        requestTimeout: limits.milliseconds,
        // The two above are looked at no more often than this.
        connectionsCheckingInterval: 1_000,
        maxHeaderSize: limits.headerBytes,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = limits.connections;
    this.#server.timeout = limits.milliseconds;
    this.#server.on('connection', (socket) => socket.unref());
  }

  /**
   * @param place a name or address of this machine; port 0 for any that is free
   * @param routes by path
   * @throws the system's error (`code`: EADDRINUSE, EACCES, …) when it cannot listen there
   */
  static async listen(
    { host, port }: { host: string; port: number },
    routes: ReadonlyMap<string, Route>,
  ): Promise<ObservationServer> {
    const served = new ObservationServer(host, routes);
    const server = served.#server;
    server.listen({ host, port });
    await once(server, 'listening');
    server.unref();
    // A connection that could not be accepted: the others go on.
    server.on('error', () => {});
    const bound = server.address() as AddressInfo;
    served.#isLocal = isLoopback(bound.address);
    served.#url = urlFor(host, bound.port);
    return served;
  }

  /** Where a browser on this machine finds it. */
  get url(): string {
    return this.#url;
  }

  /** Stops serving, and ends all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Whoever goes away in the middle is nobody's concern.
    response.on('error', () => {});
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      answerInWords(response, 405, 'Only GET and HEAD are answered here.');
      return;
    }
    if (this.#isLocal && !isMeantForLoopback(request.headers.host, this.#host)) {
      answerInWords(
        response,
        403,
        'This server is for this machine. Ask it by address or as localhost, or start lockstep with --metrics-host.',
      );
      return;
    }
    const path = request.url?.split('?', 1)[0] ?? '';
    const route = this.#routes.get(path);
    if (route === undefined) {
      answerInWords(response, 404, `Nothing here. There is: ${[...this.#routes.keys()].join(' ')}`);
      return;
    }
    try {
      await route(request, response);
    } catch {
      if (response.headersSent) response.destroy();
      else answerInWords(response, 500, 'This could not be answered.');
    }
  }
}

/** @param host where the server listens; of all addresses the loopback one is shown */
function urlFor(host: string, port: number): string {
  const shown = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}/`;
}

function answerInWords(response: ServerResponse, status: number, text: string): void {
  const body = `${text}\n`;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
