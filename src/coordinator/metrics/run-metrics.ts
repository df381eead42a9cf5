import { Registry } from 'prom-client';
import { combineListeners } from '../telemetry/combine-listeners.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { TrainingListener } from '../training-options.ts';
import { CheckpointMetrics } from './checkpoint-metrics.ts';
import { DeviceMetrics } from './device-metrics.ts';
import { InfoMetrics } from './info-metrics.ts';
import type { MetricGroup } from './metric-group.ts';
import { collectProcessMetrics } from './process-metrics.ts';
import { ProgressMetrics } from './progress-metrics.ts';
import { RankMetrics } from './rank-metrics.ts';
import { TrainingMetrics } from './training-metrics.ts';
import { WorkerMetrics } from './worker-metrics.ts';

/** Of the text that `RunMetrics.render` gives: Prometheus' own format. */
export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * The metrics of one run, in a registry of their own. They are taken from the run when somebody asks, so that the run pays for
 * being asked and, once an epoch, for keeping its steps.
 */
export class RunMetrics {
  readonly listener: TrainingListener;
  readonly #registry = new Registry();
  readonly #groups: readonly MetricGroup[];
  #run: RunTelemetry | undefined;

  constructor() {
    const registry = this.#registry;
    this.#groups = [
      new InfoMetrics(registry),
      new ProgressMetrics(registry),
      new TrainingMetrics(registry),
      new WorkerMetrics(registry),
      new DeviceMetrics(registry),
      new RankMetrics(registry),
      new CheckpointMetrics(registry),
      collectProcessMetrics(registry),
    ];
    const onStart = (run: RunTelemetry) => {
      this.#run = run;
    };
    this.listener = combineListeners([{ onStart }, ...this.#groups.map((group) => group.listener)]);
  }

  /** All metrics as they are now, in Prometheus' text format. Before the run's start they say that it does not train. */
  async render(): Promise<string> {
    if (this.#run !== undefined) for (const group of this.#groups) group.update?.(this.#run);
    return this.#registry.metrics();
  }
}
