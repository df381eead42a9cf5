import { Counter, Gauge, type Registry } from 'prom-client';
import type { RankFigures } from '../telemetry/rank-figures.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { MetricGroup } from './metric-group.ts';

type RankCounter = [Counter<'rank'>, (figures: RankFigures) => number];

/** What each rank did, as it told with its last message. A run of one process has no such metrics. */
export class RankMetrics implements MetricGroup {
  readonly listener = {};
  readonly #registry: Registry;
  #declared: { workers: Gauge<'rank'>; counters: readonly RankCounter[] } | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  update(run: RunTelemetry): void {
    const ranks = run.ranks();
    if (ranks.length === 0) return;
    this.#declared ??= this.#declare();
    const { workers, counters } = this.#declared;
    for (const figures of ranks) workers.set({ rank: figures.rank }, figures.workers);
    for (const [counter, figure] of counters) {
      // The ranks count by themselves: a counter takes over their sum.
      counter.reset();
      for (const figures of ranks) counter.inc({ rank: figures.rank }, figure(figures));
    }
  }

  #declare(): { workers: Gauge<'rank'>; counters: readonly RankCounter[] } {
    const common = { labelNames: ['rank'] as const, registers: [this.#registry] };
    const counter = (name: string, help: string): Counter<'rank'> => new Counter({ name, help, ...common });
    return {
      workers: new Gauge({ name: 'lockstep_rank_workers', help: 'Workers of the rank.', ...common }),
      counters: [
        [
          counter(
            'lockstep_rank_samples_total',
            'Samples in the micro-shards of training that the rank computed.',
          ),
          ({ samples }) => samples,
        ],
        [
          counter(
            'lockstep_rank_compute_seconds_total',
            'Time that the workers of the rank spent in forward and backward passes of training, added up.',
          ),
          ({ computeSeconds }) => computeSeconds,
        ],
        [
          counter('lockstep_rank_wait_seconds_total', 'Time that the rank waited for slower ranks.'),
          ({ waitSeconds }) => waitSeconds,
        ],
        [
          counter(
            'lockstep_rank_exchange_seconds_total',
            'Time that the rank spent in exchanging sums, once all ranks had come to it.',
          ),
          ({ exchangeSeconds }) => exchangeSeconds,
        ],
      ],
    };
  }
}
