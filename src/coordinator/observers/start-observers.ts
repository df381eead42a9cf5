import type { Observation } from '../../shared/observation.ts';
import type { Route } from '../server/route.ts';
import { combineListeners } from '../telemetry/combine-listeners.ts';
import type { Observer } from './observer.ts';
import type { serveRun } from './serve-run.ts';
import { recordWorkerTimes } from './worker-times-recorder.ts';

/**
 * Starts what the settings ask for, before the run begins.
 * @param onNotice told of what cannot be had and is done without
 * @param onStatus told of what is there to be used
 * @throws ConfigError when something cannot be had that was asked for by name
 */
export async function startObservers(
  observation: Observation,
  onNotice: (text: string) => void,
  onStatus: (text: string) => void,
): Promise<Observer> {
  const routes = new Map<string, Route>();
  // First: where its port cannot be had, nothing is begun.
  const server = observation.metrics
    ? await startServer(observation, routes, { onNotice, onStatus })
    : undefined;
  const observers: Observer[] = [];
  try {
    observers.push(recordWorkerTimes(onNotice), ...(await startRecorders(observation, onNotice)));
    if (server !== undefined || observation.pushgateway !== undefined) {
      observers.push(...(await startMetrics(observation, routes, onNotice)));
    }
    if (server !== undefined) observers.push(await startPage(routes));
  } catch (error) {
    await server?.close(AbortSignal.abort());
    throw error;
  }
  // The last: while it lingers, everything else is written.
  if (server !== undefined) observers.push(server);
  return {
    listener: combineListeners(observers.map(({ listener }) => listener)),
    close: async (signal) => {
      for (const observer of observers) await observer.close(signal);
    },
  };
}

/** Loaded only where something is served: node:http costs as much as all other modules of a run. */
async function startServer(...parts: Parameters<typeof serveRun>): ReturnType<typeof serveRun> {
  const { serveRun } = await import('./serve-run.ts');
  return serveRun(...parts);
}

/** What is written into files. Each part is loaded only if it is asked for. */
async function startRecorders(
  { trace, tensorboard }: Observation,
  onNotice: (text: string) => void,
): Promise<Observer[]> {
  const recorders: Observer[] = [];
  if (trace !== undefined) {
    const { traceRun } = await import('../trace/trace-file.ts');
    recorders.push(await traceRun(trace, onNotice));
  }
  if (tensorboard) {
    const { TensorBoardWriter } = await import('../tensorboard/tensorboard-writer.ts');
    recorders.push(new TensorBoardWriter(onNotice));
  }
  return recorders;
}

async function startMetrics(
  { pushgateway }: Observation,
  routes: Map<string, Route>,
  onNotice: (text: string) => void,
): Promise<Observer[]> {
  const { RunMetrics } = await import('../metrics/run-metrics.ts');
  const { metricsRoute } = await import('../metrics/metrics-route.ts');
  const metrics = new RunMetrics();
  routes.set('/metrics', metricsRoute(metrics));
  const watching = { listener: metrics.listener, close: async () => {} };
  if (pushgateway === undefined) return [watching];
  const { MetricsPusher } = await import('./metrics-pusher.ts');
  return [watching, new MetricsPusher(pushgateway, metrics, onNotice)];
}

async function startPage(routes: Map<string, Route>): Promise<Observer> {
  const { LivePage } = await import('../page/live-page.ts');
  const page = new LivePage();
  for (const [path, route] of page.routes) routes.set(path, route);
  return { listener: page.listener, close: async () => {} };
}
