import { styleText } from 'node:util';
import { SingleBar } from 'cli-progress';
import type { EpochRecord } from '../run/history.ts';
import type { EpochProgress, TrainingListener } from '../trainer.ts';
import { formatCount } from './table.ts';

const refreshMilliseconds = 100;

/**
 * Shows a run as it goes: on a terminal a bar for the running epoch (on standard error), and everywhere a line for each
 * finished one (on standard output).
 */
export function showTraining(
  epochs: number,
): Pick<TrainingListener, 'onEpochStart' | 'onEpochTrained' | 'onEpochEnd'> {
  const bar = process.stderr.isTTY ? new EpochBar(epochs) : undefined;
  return {
    onEpochStart: (progress) => bar?.start(progress),
    onEpochTrained: () => bar?.stop(),
    onEpochEnd: (row) => {
      console.log(formatEpoch(row, epochs));
      bar?.epochEnded(row);
    },
  };
}

/** One line: the epoch, its losses and accuracies, its time and speed. */
function formatEpoch(row: EpochRecord, epochs: number): string {
  const epoch = `${String(row.epoch).padStart(String(epochs).length)}/${epochs}`;
  const scores = (name: string, loss: number, accuracy: number) =>
    `${styleText('dim', `${name} loss`)} ${loss.toFixed(4)} ${styleText('dim', 'acc')} ${accuracy.toFixed(4)}`;
  return [
    `${styleText('bold', `epoch ${epoch}`)}`,
    scores('train', row.trainLoss, row.trainAccuracy),
    scores('val', row.validationLoss, row.validationAccuracy),
    `${row.seconds.toFixed(1)} s`,
    `${formatCount(row.samplesPerSecond)} samples/s`,
  ].join('  ');
}

class EpochBar {
  readonly #epochs: number;
  readonly #bar: SingleBar;
  #timer: NodeJS.Timeout | undefined;
  #secondsSoFar = 0;
  #epochsEnded = 0;

  constructor(epochs: number) {
    this.#epochs = epochs;
    this.#bar = new SingleBar({
      format: `epoch {epoch}/{epochs} {bar} {percentage} %  loss {loss}  {rate} samples/s  {timeLeft} left`,
      barsize: 30,
      barCompleteChar: '━',
      barIncompleteChar: ' ',
      hideCursor: true,
      clearOnComplete: true,
      stream: process.stderr,
    });
  }

  start(progress: EpochProgress): void {
    const began = performance.now();
    const update = () => {
      const done = progress.samplesDone();
      const seconds = (performance.now() - began) / 1000;
      const fraction = done / progress.samples;
      this.#bar.update(done, {
        loss: done === 0 ? '–' : progress.loss().toFixed(4),
        rate: done === 0 ? '–' : formatCount(done / seconds),
        timeLeft: formatSeconds(this.#secondsLeft(fraction, seconds)),
      });
    };
    this.#bar.start(progress.samples, 0, {
      epoch: progress.epoch,
      epochs: this.#epochs,
      loss: '–',
      rate: '–',
      timeLeft: '–',
    });
    this.#timer = setInterval(update, refreshMilliseconds);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#bar.stop();
  }

  epochEnded(row: EpochRecord): void {
    this.#secondsSoFar += row.seconds;
    this.#epochsEnded++;
  }

  /** By the mean of the finished epochs; in the first one, by its own speed. */
  #secondsLeft(fraction: number, seconds: number): number {
    const epochSeconds = this.#epochsEnded > 0 ? this.#secondsSoFar / this.#epochsEnded : seconds / fraction;
    return Math.max(0, epochSeconds * (this.#epochs - this.#epochsEnded) - seconds);
  }
}

function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? `${whole} s` : `${minutes} min ${whole % 60} s`;
}
