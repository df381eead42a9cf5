import type { WorkerEpoch } from '../run/worker-times.ts';
import type { RunTelemetry } from './run-telemetry.ts';
import type { WorkerFigures } from './step-figures.ts';

/** Tells what each worker did since it was asked last; asked at the end of each epoch, what it did in that epoch. */
export class WorkerEpochs {
  readonly #telemetry: RunTelemetry;
  #before: WorkerFigures[];

  constructor(telemetry: RunTelemetry) {
    this.#telemetry = telemetry;
    this.#before = telemetry.workers();
  }

  /** @param epoch 1-based; what to call the stretch */
  next(epoch: number): WorkerEpoch[] {
    const before = this.#before;
    this.#before = this.#telemetry.workers();
    return this.#before.map((now, worker) => {
      const since = (field: Exclude<keyof WorkerFigures, 'device' | 'deviceMemory'>) =>
        now[field] - (before[worker] as WorkerFigures)[field];
      return {
        epoch,
        worker,
        device: now.device,
        samples: since('samples'),
        computeSeconds: since('computeSeconds'),
        updateSeconds: since('updateSeconds'),
        waitSeconds: since('waitSeconds'),
        evaluationSeconds: since('evaluationSeconds'),
        totalSeconds: since('totalSeconds'),
        restarts: since('restarts'),
      };
    });
  }
}
