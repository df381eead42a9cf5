import { Counter, type Registry } from 'prom-client';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { WorkerFigures } from '../telemetry/step-figures.ts';
import type { MetricGroup } from './metric-group.ts';

type WorkerCounter = Counter<'worker' | 'device'>;

/** What each worker did. */
export class WorkerMetrics implements MetricGroup {
  readonly listener = {};
  readonly #counters: readonly [WorkerCounter, (figures: WorkerFigures) => number][];
  /** Of each worker: while it is replaced, the pool does not know. */
  readonly #devices: string[] = [];

  constructor(registry: Registry) {
    const declare = (name: string, help: string): WorkerCounter =>
      new Counter({ name, help, labelNames: ['worker', 'device'], registers: [registry] });
    this.#counters = [
      [
        declare('lockstep_worker_micro_shards_total', 'Micro-shards of training that the worker computed.'),
        ({ microShards }) => microShards,
      ],
      [
        declare(
          'lockstep_worker_samples_total',
          'Samples in the micro-shards of training that the worker computed.',
        ),
        ({ samples }) => samples,
      ],
      [
        declare(
          'lockstep_worker_compute_seconds_total',
          'Time that the worker spent in forward and backward passes of training.',
        ),
        ({ computeSeconds }) => computeSeconds,
      ],
      [
        declare('lockstep_worker_wait_seconds_total', 'Time that the worker waited for others.'),
        ({ waitSeconds }) => waitSeconds,
      ],
      [
        declare('lockstep_worker_restarts_total', 'How often the worker was lost and replaced.'),
        ({ restarts }) => restarts,
      ],
    ];
  }

  update(run: RunTelemetry): void {
    const workers = run.workers();
    for (const { worker, device } of workers) {
      if (device !== 'unknown' || this.#devices[worker] === undefined) this.#devices[worker] = device;
    }
    for (const [counter, figure] of this.#counters) {
      // The workers count by themselves: a counter takes over their sum.
      counter.reset();
      for (const figures of workers) {
        const { worker } = figures;
        counter.inc({ worker, device: this.#devices[worker] as string }, figure(figures));
      }
    }
  }
}
