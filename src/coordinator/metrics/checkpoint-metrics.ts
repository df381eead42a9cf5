import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { TrainingListener } from '../training-options.ts';
import { type MetricGroup, withoutSample } from './metric-group.ts';

/** From a memory disk to a network's. */
const durationBuckets = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** How well what was trained is kept. */
export class CheckpointMetrics implements MetricGroup {
  readonly listener: TrainingListener = {
    onCheckpoint: ({ seconds, bytes }) => {
      this.#duration.observe(seconds);
      this.#size.set(bytes);
      this.#lastSuccess.setToCurrentTime();
    },
    onCheckpointFailed: () => this.#failures.inc(),
  };
  readonly #duration: Histogram;
  readonly #size: Gauge;
  readonly #lastSuccess: Gauge;
  readonly #failures: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#duration = new Histogram({
      name: 'lockstep_checkpoint_duration_seconds',
      help: 'Time to write a checkpoint and have it safe on the disk, beside the training.',
      buckets: durationBuckets,
      registers,
    });
    this.#size = withoutSample(
      new Gauge({
        name: 'lockstep_checkpoint_size_bytes',
        help: 'Size of the last checkpoint.',
        registers,
      }),
    );
    this.#lastSuccess = withoutSample(
      new Gauge({
        name: 'lockstep_checkpoint_last_success_timestamp_seconds',
        help: 'When the last checkpoint was safe on the disk, in Unix time.',
        registers,
      }),
    );
    this.#failures = new Counter({
      name: 'lockstep_checkpoint_failures_total',
      help: 'Checkpoints that could not be written.',
      registers,
    });
  }
}
