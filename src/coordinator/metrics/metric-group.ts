import type { Gauge } from 'prom-client';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { TrainingListener } from '../training-options.ts';

/** Metrics that belong together, each of them in the registry that its constructor was given. */
export interface MetricGroup {
  readonly listener: TrainingListener;
  /** Brings to date what is not told of by events. */
  update?(run: RunTelemetry): void;
}

/**
 * Takes away a gauge's only sample, so that it is missing until it is set: prom-client gives one without labels the value 0 at
 * once, which reads like something that was measured.
 */
export function withoutSample(gauge: Gauge): Gauge {
  gauge.remove();
  return gauge;
}
