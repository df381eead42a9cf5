import { collectDefaultMetrics, type Registry } from 'prom-client';

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

/** Memory, processor time, garbage collection and event-loop lag of this process. Watching them goes on until it ends. */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of leftOut) registry.removeSingleMetric(name);
}
