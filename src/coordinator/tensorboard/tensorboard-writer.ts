import { join } from 'node:path';
import type { Observer } from '../observers/observer.ts';
import type { EpochRecord } from '../run/history.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { StepFigures } from '../telemetry/step-figures.ts';
import type { StepReader } from '../telemetry/step-reader.ts';
import type { TrainingListener } from '../training-options.ts';
import { EventFile } from './event-file.ts';

/** How far a TensorBoard that follows the run may lag behind. */
const flushMilliseconds = 1000;

/**
 * Writes a run's numbers for TensorBoard, below `tensorboard` in the run's folder. What it shows as runs are the folders `train`
 * and `validation`, with the same tags for each epoch, as Keras names them, and so in the same charts; and `steps`, with a
 * value for each optimizer step. They are apart because a restart takes back what comes after a step, and there steps are
 * epochs.
 */
export class TensorBoardWriter implements Observer {
  readonly listener: TrainingListener;
  readonly #onNotice: (text: string) => void;
  readonly #open: EventFile[] = [];
  #files: { train: EventFile; validation: EventFile; steps: EventFile } | undefined;
  #steps: StepReader | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failed = false;
  #latestWallTime = 0;

  /** @param onNotice told once, if something cannot be written; the run goes on */
  constructor(onNotice: (text: string) => void) {
    this.#onNotice = onNotice;
    this.listener = {
      onStart: (run) => this.#start(run),
      onEpochTrained: () => this.#writeSteps(),
      onEpochEnd: (row) => this.#writeEpoch(row),
      // A resume would go on behind these steps.
      onCheckpoint: () => this.#writeSteps(),
      onEnd: () => clearInterval(this.#timer),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open.map((file) => file.close()));
  }

  #start(run: RunTelemetry): void {
    if (run.epoch > run.config.epochs) return;
    const begin = (name: string, step: number) => {
      const folder = join(run.directory, 'tensorboard', name);
      const file = new EventFile(folder, step, (error) => this.#giveUp(error));
      this.#open.push(file);
      return file;
    };
    try {
      this.#files = {
        train: begin('train', run.epoch),
        validation: begin('validation', run.epoch),
        steps: begin('steps', run.globalStep + 1),
      };
    } catch (error) {
      this.#giveUp(error);
      return;
    }
    if (this.#files.train.isFirst) for (const row of run.history) this.#addEpoch(row);
    this.#steps = run.stepReader();
    this.#flush();
    this.#timer = setInterval(() => this.#writeSteps(), flushMilliseconds).unref();
  }

  #writeSteps(): void {
    const steps = this.#steps?.read() ?? [];
    const now = Date.now() / 1000;
    // The last one ended just now, the others so much before it as those behind them took.
    let wallTime = now - steps.slice(1).reduce((sum, { seconds }) => sum + seconds, 0);
    for (const [index, step] of steps.entries()) {
      if (index > 0) wallTime += step.seconds;
      this.#latestWallTime = Math.max(wallTime, this.#latestWallTime);
      this.#files?.steps.add(step.globalStep, this.#latestWallTime, stepScalars(step));
    }
    this.#flush();
  }

  #writeEpoch(row: EpochRecord): void {
    this.#addEpoch(row);
    this.#flush();
  }

  #addEpoch(row: EpochRecord): void {
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

  #flush(): void {
    for (const file of this.#open) file.flush();
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
