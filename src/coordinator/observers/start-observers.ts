import type { Observation } from '../../shared/observation.ts';
import type { Route } from '../server/route.ts';
import { combineListeners } from '../telemetry/combine-listeners.ts';
import type { Observer } from './observer.ts';
import { serveRun } from './serve-run.ts';
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
  const observers: Observer[] = [recordWorkerTimes(onNotice)];
  if (observation.trace !== undefined) {
    const { traceRun } = await import('../trace/trace-file.ts');
    observers.push(await traceRun(observation.trace, onNotice));
  }
  if (observation.tensorboard) {
    const { TensorBoardWriter } = await import('../tensorboard/tensorboard-writer.ts');
    observers.push(new TensorBoardWriter(onNotice));
  }
  const routes = new Map<string, Route>();
  const server = observation.metrics
    ? await serveRun(observation, routes, { onNotice, onStatus })
    : undefined;
  if (server !== undefined || observation.pushgateway !== undefined) {
    const { RunMetrics } = await import('../metrics/run-metrics.ts');
    const { metricsRoute } = await import('../metrics/metrics-route.ts');
    const metrics = new RunMetrics();
    routes.set('/metrics', metricsRoute(metrics));
    observers.push({ listener: metrics.listener, close: async () => {} });
    if (observation.pushgateway !== undefined) {
      const { MetricsPusher } = await import('./metrics-pusher.ts');
      observers.push(new MetricsPusher(observation.pushgateway, metrics, onNotice));
    }
  }
  if (server !== undefined) {
    const { LivePage } = await import('../page/live-page.ts');
    const page = new LivePage();
    for (const [path, route] of page.routes) routes.set(path, route);
    observers.push({ listener: page.listener, close: async () => {} });
    // The last: while it lingers, everything else is written.
    observers.push(server);
  }
  return {
    listener: combineListeners(observers.map(({ listener }) => listener)),
    close: async (signal) => {
      for (const observer of observers) await observer.close(signal);
    },
  };
}
