import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../../shared/errors.ts';
import { defaultMetricsPort, type Observation } from '../../shared/observation.ts';
import { ObservationServer } from '../server/observation-server.ts';
import type { Route } from '../server/route.ts';
import type { RunEnd, TrainingListener } from '../training-options.ts';
import type { Observer } from './observer.ts';

/** What the command line says of a server. */
interface Announcements {
  /** Told of what cannot be had and is done without. */
  onNotice(text: string): void;
  /** Told of what is there to be used. */
  onStatus(text: string): void;
}

/**
 * Serves the routes while the run goes on, and for `metricsLinger` seconds after its end.
 * @param routes by path; may be added to
 * @returns undefined, after a notice, where the default port cannot be had
 * @throws ConfigError when a port or an address that was asked for by name cannot be had
 */
export async function serveRun(
  observation: Observation,
  routes: ReadonlyMap<string, Route>,
  announcements: Announcements,
): Promise<Observer | undefined> {
  const { metricsHost: host, metricsPort: port = defaultMetricsPort } = observation;
  try {
    const server = await ObservationServer.listen({ host, port }, routes);
    return new ServedRun(server, observation.metricsLinger, announcements);
  } catch (error) {
    const problem = describeProblem(error as NodeJS.ErrnoException, observation);
    if (problem instanceof ConfigError) throw problem;
    announcements.onNotice(problem);
    return undefined;
  }
}

class ServedRun implements Observer {
  readonly listener: TrainingListener = {
    onStart: () => this.#announcements.onStatus(`metrics and page  ${this.#server.url}`),
    onEnd: (end) => {
      this.#end = end;
    },
  };
  readonly #server: ObservationServer;
  readonly #lingerSeconds: number;
  readonly #announcements: Announcements;
  #end: RunEnd | undefined;

  constructor(server: ObservationServer, lingerSeconds: number, announcements: Announcements) {
    this.#server = server;
    this.#lingerSeconds = lingerSeconds;
    this.#announcements = announcements;
  }

  async close(signal: AbortSignal): Promise<void> {
    // Of a run that never began there is nothing to be seen.
    if (this.#end !== undefined && this.#lingerSeconds > 0 && !signal.aborted) await this.#linger(signal);
    await this.#server.close();
  }

  async #linger(signal: AbortSignal): Promise<void> {
    const seconds = `${this.#lingerSeconds} s`;
    const failure = this.#end?.state === 'failed' ? `the run failed: ${messageOf(this.#end.error)}\n` : '';
    this.#announcements.onStatus(
      `${failure}still serving ${this.#server.url} for ${seconds}; Ctrl-C ends it`,
    );
    await sleep(this.#lingerSeconds * 1000, undefined, { signal }).catch(() => {});
  }
}

/** An error where something was asked for by name; else a line on what is done without. */
function describeProblem(error: NodeJS.ErrnoException, observation: Observation): ConfigError | string {
  const { metricsHost: host, metricsPort } = observation;
  const port = metricsPort ?? defaultMetricsPort;
  if (error.code === 'EADDRINUSE') {
    if (metricsPort === undefined) {
      return `no metrics and no page: port ${port} of ${host} is taken; --metrics-port 0 takes any that is free.`;
    }
    return new ConfigError(
      [`metricsPort must be a free port of ${host}, got ${port}, which is taken.`],
      'Choose another --metrics-port, 0 for any that is free, or --no-metrics.',
    );
  }
  const reason = error.code ?? error.message;
  if (error.code === 'EACCES') {
    return new ConfigError(
      [`metricsPort must be a port that this user may listen at, got ${port} (${reason}).`],
      'Ports below 1024 usually belong to the system: choose a higher --metrics-port, or --no-metrics.',
    );
  }
  if (metricsPort === undefined && host === '127.0.0.1') {
    return `no metrics and no page: port ${port} of ${host} cannot be listened at (${reason}).`;
  }
  return new ConfigError(
    [`metricsHost must be an address of this machine, got ${host} (${reason}).`],
    'Choose another --metrics-host, 127.0.0.1 for this machine alone, 0.0.0.0 for all, or --no-metrics.',
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
