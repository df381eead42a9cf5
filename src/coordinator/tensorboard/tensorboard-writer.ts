import { join } from 'node:path';
import type { Observer } from '../observers/observer.ts';
import type { EpochRecord } from '../run/history.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { StepFigures } from '../telemetry/step-figures.ts';
import type { StepReader } from '../telemetry/step-reader.ts';
import type { TrainingListener } from '../training-options.ts';
import { EventFile } from './event-file.ts';

const epochTags = ['epoch_loss', 'epoch_accuracy'] as const;
const trainTags = [...epochTags, 'epoch_samples_per_second'] as const;
const stepTags = [
  'batch_loss',
  'batch_accuracy',
  'learning_rate',
  'gradient_norm',
  'samples_per_second',
  'step_seconds/compute',
  'step_seconds/wait',
  'step_seconds/reduce',
  'step_seconds/optimizer',
  'step_seconds/gather',
] as const;

interface EventFiles {
  train: EventFile<(typeof trainTags)[number]>;
  validation: EventFile<(typeof epochTags)[number]>;
  steps: EventFile<(typeof stepTags)[number]>;
}

/** How far a TensorBoard that follows the run may lag behind. */
const writeMilliseconds = 1000;

/**
 * Writes a run's numbers for TensorBoard, below `tensorboard` in the run's folder. What it shows as runs are the folders `train`
 * and `validation`, with the same tags for each epoch, as Keras names them, and so in the same charts; and `steps`, with a
 * value for each optimizer step. They are apart because a restart takes back what comes after a step, and there steps are
 * epochs.
 */
export class TensorBoardWriter implements Observer {
  readonly listener: TrainingListener;
  readonly #onNotice: (text: string) => void;
  readonly #open: { close(): Promise<void> }[] = [];
  #files: EventFiles | undefined;
  #steps: StepReader | undefined;
  /** Read, and not yet written. */
  #newSteps: { step: StepFigures; wallTime: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #failed = false;
  #latestWallTime = 0;

  /** @param onNotice told once, if something cannot be written; the run goes on */
  constructor(onNotice: (text: string) => void) {
    this.#onNotice = onNotice;
    this.listener = {
      onStart: (run) => this.#start(run),
      onEpochTrained: () => {
        // The next epoch's steps take the place of these. They are written while the validation runs: now the workers wait.
        this.#readSteps();
        setImmediate(() => this.#writeSteps());
      },
      onEpochEnd: (row) => this.#writeEpoch(row),
      // A resume would go on behind these steps.
      onCheckpoint: () => {
        this.#readSteps();
        this.#writeSteps();
      },
      onEnd: () => clearInterval(this.#timer),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#writeSteps();
    await Promise.all(this.#open.map((file) => file.close()));
  }

  #start(run: RunTelemetry): void {
    if (run.epoch > run.config.epochs) return;
    const begin = <Tag extends string>(name: string, tags: readonly Tag[], step: number) => {
      const folder = join(run.directory, 'tensorboard', name);
      const file = new EventFile(folder, tags, step, (error) => this.#giveUp(error));
      this.#open.push(file);
      return file;
    };
    try {
      this.#files = {
        train: begin('train', trainTags, run.epoch),
        validation: begin('validation', epochTags, run.epoch),
        steps: begin('steps', stepTags, run.globalStep + 1),
      };
    } catch (error) {
      this.#giveUp(error);
      return;
    }
    if (this.#files.train.isFirst) for (const row of run.history) this.#writeEpoch(row);
    this.#steps = run.stepReader();
    this.#timer = setInterval(() => {
      this.#readSteps();
      this.#writeSteps();
    }, writeMilliseconds).unref();
  }

  #readSteps(): void {
    const steps = this.#steps?.read() ?? [];
    // The last one ended just now, the others so much before it as those behind them took.
    let wallTime = Date.now() / 1000 - steps.slice(1).reduce((sum, { seconds }) => sum + seconds, 0);
    for (const [index, step] of steps.entries()) {
      if (index > 0) wallTime += step.seconds;
      this.#latestWallTime = Math.max(wallTime, this.#latestWallTime);
      this.#newSteps.push({ step, wallTime: this.#latestWallTime });
    }
  }

  #writeSteps(): void {
    for (const { step, wallTime } of this.#newSteps) {
      this.#files?.steps.add(step.globalStep, wallTime, stepScalars(step));
    }
    this.#newSteps = [];
  }

  #writeEpoch(row: EpochRecord): void {
    const now = Date.now() / 1000;
    const { train, validation } = this.#files ?? {};
    train?.add(row.epoch, now, {
      epoch_loss: row.trainLoss,
      epoch_accuracy: row.trainAccuracy,
      epoch_samples_per_second: row.samplesPerSecond,
    });
    validation?.add(row.epoch, now, {
      epoch_loss: row.validationLoss,
      epoch_accuracy: row.validationAccuracy,
    });
  }

  #giveUp(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#onNotice(`TensorBoard’s event files cannot be written: ${reason}; the run goes on without them.`);
  }
}

function stepScalars(step: StepFigures) {
  return {
    batch_loss: step.loss,
    batch_accuracy: step.accuracy,
    learning_rate: step.learningRate,
    gradient_norm: step.gradientNorm,
    samples_per_second: step.samples / step.seconds,
    'step_seconds/compute': step.computeSeconds,
    'step_seconds/wait': step.waitSeconds,
    'step_seconds/reduce': step.reduceSeconds,
    'step_seconds/optimizer': step.optimizerSeconds,
    'step_seconds/gather': step.gatherSeconds,
  };
}
