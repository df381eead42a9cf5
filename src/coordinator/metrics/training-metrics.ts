import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { bestEpoch } from '../run/history.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { StepFigures } from '../telemetry/step-figures.ts';
import type { StepReader } from '../telemetry/step-reader.ts';
import type { TrainingListener } from '../training-options.ts';
import { type MetricGroup, withoutSample } from './metric-group.ts';

/** From a phase that does nothing to one that waits for a worker's replacement. */
const phaseBuckets = [
  1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5,
  10,
];

/** What was trained, and how well. */
export class TrainingMetrics implements MetricGroup {
  readonly listener: TrainingListener = {
    onStart: (run) => {
      this.#reader = run.stepReader();
    },
    onEpochTrained: () => {
      // The records of an epoch's steps are overwritten by the next: they are read now, and counted while the validation runs.
      this.#readSteps();
      setImmediate(() => this.#countSteps());
    },
    onEpochEnd: () => this.#epochs.inc(),
  };
  #reader: StepReader | undefined;
  /** Read, and not yet counted. */
  #newSteps: readonly StepFigures[] = [];
  readonly #steps: Counter;
  readonly #epochs: Counter;
  readonly #samples: Counter;
  readonly #loss: Gauge<'split'>;
  readonly #accuracy: Gauge<'split'>;
  readonly #bestAccuracy: Gauge;
  readonly #learningRate: Gauge;
  readonly #gradientNorm: Gauge;
  readonly #stepDuration: Histogram<'phase'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#steps = new Counter({
      name: 'lockstep_steps_total',
      help: 'Optimizer steps that this process took.',
      registers,
    });
    this.#epochs = new Counter({
      name: 'lockstep_epochs_total',
      help: 'Epochs that this process finished, with their validation.',
      registers,
    });
    this.#samples = new Counter({
      name: 'lockstep_samples_total',
      help: 'Training samples in the steps that this process took.',
      registers,
    });
    this.#loss = new Gauge({
      name: 'lockstep_loss',
      help: 'Mean cross-entropy in nats: of the last step, and of the last validation. Not finite after a step that was refused because its loss or gradient was not.',
      labelNames: ['split'],
      registers,
    });
    this.#accuracy = new Gauge({
      name: 'lockstep_accuracy_ratio',
      help: 'Correct predictions, 0 to 1: in the last step, and in the last validation.',
      labelNames: ['split'],
      registers,
    });
    this.#bestAccuracy = withoutSample(
      new Gauge({
        name: 'lockstep_best_validation_accuracy_ratio',
        help: 'Highest validation accuracy of an epoch so far, 0 to 1; of those before a resume, too.',
        registers,
      }),
    );
    this.#learningRate = withoutSample(
      new Gauge({
        name: 'lockstep_learning_rate',
        help: 'Learning rate of the last step.',
        registers,
      }),
    );
    this.#gradientNorm = withoutSample(
      new Gauge({
        name: 'lockstep_gradient_norm',
        help: 'Euclidean norm of the mean gradient of the last step, over all parameters.',
        registers,
      }),
    );
    this.#stepDuration = new Histogram({
      name: 'lockstep_step_duration_seconds',
      help: 'Time of a step in each of its phases, as a mean over the workers; a step takes the sum of all phases.',
      labelNames: ['phase'],
      buckets: phaseBuckets,
      registers,
    });
  }

  update(run: RunTelemetry): void {
    this.#readSteps();
    this.#countSteps();
    const rejected = run.rejectedStep;
    if (rejected !== undefined) this.#showRejected(rejected);
    const row = run.history.at(-1);
    if (row === undefined) return;
    this.#loss.set({ split: 'validation' }, row.validationLoss);
    this.#accuracy.set({ split: 'validation' }, row.validationAccuracy);
    this.#bestAccuracy.set(bestEpoch(run.history)?.validationAccuracy ?? Number.NaN);
  }

  #readSteps(): void {
    if (this.#reader !== undefined) this.#newSteps = this.#newSteps.concat(this.#reader.read());
  }

  #countSteps(): void {
    const steps = this.#newSteps;
    this.#newSteps = [];
    for (const step of steps) this.#observePhases(step);
    this.#steps.inc(steps.length);
    this.#samples.inc(steps.reduce((sum, { samples }) => sum + samples, 0));
    const last = steps.at(-1);
    if (last === undefined) return;
    this.#loss.set({ split: 'train' }, last.loss);
    this.#accuracy.set({ split: 'train' }, last.accuracy);
    this.#learningRate.set(last.learningRate);
    this.#gradientNorm.set(last.gradientNorm);
  }

  #observePhases(step: StepFigures): void {
    this.#stepDuration.observe({ phase: 'compute' }, step.computeSeconds);
    // What is left of the others: rounding may take it below zero.
    this.#stepDuration.observe({ phase: 'wait' }, Math.max(0, step.waitSeconds));
    this.#stepDuration.observe({ phase: 'reduce' }, step.reduceSeconds);
    this.#stepDuration.observe({ phase: 'optimizer' }, step.optimizerSeconds);
    this.#stepDuration.observe({ phase: 'gather' }, step.gatherSeconds);
  }

  /** Whoever watches the loss alone must see it, also where the loss was finite and only its gradient was not. */
  #showRejected({ loss, gradientNorm }: StepFigures): void {
    this.#loss.set({ split: 'train' }, Number.isFinite(loss) ? Number.NaN : loss);
    this.#gradientNorm.set(gradientNorm);
  }
}
