import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';
import { type MetricGroup, withoutSample } from './metric-group.ts';

/**
 * How often the monitor wakes the main thread to see how late it comes. prom-client's own does so a hundred times a second, and
 * on a machine whose cores all train, each time costs a worker its core for a moment.
 */
const lookMilliseconds = 100;
const lookNanoseconds = lookMilliseconds * 1e6;

type Delays = ReturnType<typeof monitorEventLoopDelay>;

/** Parts of the names, what they mean, and how they are read, in nanoseconds. The monitor counts from one look to the next. */
const figures: readonly [string, string, (delays: Delays) => number][] = [
  ['min', 'Shortest', ({ min }) => min - lookNanoseconds],
  ['max', 'Longest', ({ max }) => max - lookNanoseconds],
  ['mean', 'Mean', ({ mean }) => mean - lookNanoseconds],
  ['stddev', 'Standard deviation of the', ({ stddev }) => stddev],
  ['p50', 'Median', (delays) => delays.percentile(50) - lookNanoseconds],
  ['p90', '90th percentile of the', (delays) => delays.percentile(90) - lookNanoseconds],
  ['p99', '99th percentile of the', (delays) => delays.percentile(99) - lookNanoseconds],
];

/** How late the main thread comes to what it is to do: since the metrics were last asked for. */
export class EventLoopMetrics implements MetricGroup {
  readonly listener = {};
  readonly #delays = monitorEventLoopDelay({ resolution: lookMilliseconds });
  readonly #gauges: readonly [Gauge, (delays: Delays) => number][];

  constructor(registry: Registry) {
    this.#gauges = figures.map(([name, meaning, nanoseconds]) => [
      withoutSample(
        new Gauge({
          name: `nodejs_eventloop_lag_${name}_seconds`,
          help: `${meaning} lag of the event loop since the last scrape, as seen ten times a second.`,
          registers: [registry],
        }),
      ),
      nanoseconds,
    ]);
    this.#delays.enable();
  }

  update(): void {
    // Two scrapes may come between two looks, of which the first after a scrape does not count.
    if (this.#delays.count === 0) return;
    for (const [gauge, nanoseconds] of this.#gauges) {
      // One look may come a little early, after one that came late.
      gauge.set(Math.max(0, nanoseconds(this.#delays) / 1e9));
    }
    this.#delays.reset();
  }
}
