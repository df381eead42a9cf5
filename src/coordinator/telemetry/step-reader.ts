import type { RunTelemetry } from './run-telemetry.ts';
import type { StepFigures } from './step-figures.ts';

/**
 * Hands out each step once. The records of an epoch lie in shared memory until the next epoch overwrites them: whoever wants
 * all steps reads when an epoch's training ends, too.
 */
export class StepReader {
  readonly #telemetry: RunTelemetry;
  #epoch: number;
  /** Steps of the epoch that were handed out, or lie before the reader's time. */
  #read: number;

  /** Begins with the step that is next. */
  constructor(telemetry: RunTelemetry) {
    this.#telemetry = telemetry;
    this.#epoch = telemetry.epoch;
    this.#read = telemetry.epochStep;
  }

  /** The steps that were taken since the last call, in order. */
  read(): StepFigures[] {
    const { epoch, epochStep } = this.#telemetry;
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#read = 0;
    }
    const steps: StepFigures[] = [];
    for (; this.#read < epochStep; this.#read++) steps.push(this.#telemetry.step(this.#read));
    return steps;
  }
}
