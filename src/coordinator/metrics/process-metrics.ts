import { collectDefaultMetrics, type Registry } from 'prom-client';
import { EventLoopMetrics } from './event-loop-metrics.ts';
import type { MetricGroup } from './metric-group.ts';

/**
 * Gauges of prom-client's that are left out: some are named like counters, which `promtool check metrics` rightly finds fault with,
 * and `nodejs_active_resources` tells what the others take from Node.js' internals.
 */
const leftOut = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** prom-client's monitor of the event loop cannot be left out: it sleeps for an hour at a time, and another one takes its place. */
const monitorMilliseconds = 3_600_000;
const monitored = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map(
  (figure) => `nodejs_eventloop_lag_${figure}_seconds`,
);

/** Memory, processor time, garbage collection and event-loop lag of this process. Watching them goes on until it ends. */
export function collectProcessMetrics(registry: Registry): MetricGroup {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: monitorMilliseconds });
  for (const name of [...leftOut, ...monitored]) registry.removeSingleMetric(name);
  return new EventLoopMetrics(registry);
}
