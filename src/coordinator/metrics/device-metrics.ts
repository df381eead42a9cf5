import { Gauge, type Registry } from 'prom-client';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { MetricGroup } from './metric-group.ts';

/** What devices hold, once one of them tells: with `cpu` alone there are no such metrics. */
export class DeviceMetrics implements MetricGroup {
  readonly listener = {};
  readonly #registry: Registry;
  #gauges: { bytes: Gauge; tensors: Gauge } | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  update(run: RunTelemetry): void {
    for (const { worker, device, deviceMemory } of run.workers()) {
      if (deviceMemory === undefined) continue;
      this.#gauges ??= this.#declare();
      this.#gauges.bytes.set({ worker, device }, deviceMemory.bytes);
      this.#gauges.tensors.set({ worker, device }, deviceMemory.tensors);
    }
  }

  #declare(): { bytes: Gauge; tensors: Gauge } {
    const declare = (name: string, help: string): Gauge =>
      new Gauge({ name, help, labelNames: ['worker', 'device'], registers: [this.#registry] });
    return {
      bytes: declare(
        'lockstep_device_memory_bytes',
        'Memory of the tensors that the device holds for the worker from call to call.',
      ),
      tensors: declare(
        'lockstep_device_tensors',
        'Tensors that the device holds for the worker from call to call; a leak shows here.',
      ),
    };
  }
}
