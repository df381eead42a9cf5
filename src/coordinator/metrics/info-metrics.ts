import { Gauge, type Registry } from 'prom-client';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { TrainingListener } from '../training-options.ts';
import { currentVersions } from '../version.ts';
import type { MetricGroup } from './metric-group.ts';

/** What is running, and whether it is. */
export class InfoMetrics implements MetricGroup {
  readonly listener: TrainingListener = {
    onStart: (run) => this.#start(run),
    onEnd: () => this.#active.set(0),
  };
  readonly #active: Gauge;
  readonly #run: Gauge<'model' | 'workers' | 'epochs' | 'batch_size' | 'micro_batch' | 'seed'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#active = new Gauge({
      name: 'lockstep_run_active',
      help: '1 while the run trains, 0 before and after.',
      registers,
    });
    this.#run = new Gauge({
      name: 'lockstep_run_info',
      help: 'What is trained, as labels; always 1.',
      labelNames: ['model', 'workers', 'epochs', 'batch_size', 'micro_batch', 'seed'],
      registers,
    });
    const { lockstep, node } = currentVersions();
    new Gauge({
      name: 'lockstep_build_info',
      help: 'Versions of lockstep and of Node.js, as labels; always 1.',
      labelNames: ['version', 'node'],
      registers,
    }).set({ version: lockstep, node }, 1);
  }

  #start({ config }: RunTelemetry): void {
    this.#active.set(1);
    this.#run.set(
      {
        model: 'LeNet-5',
        workers: config.workers,
        epochs: config.epochs,
        batch_size: config.batchSize,
        micro_batch: config.microBatch,
        seed: config.seed,
      },
      1,
    );
  }
}
