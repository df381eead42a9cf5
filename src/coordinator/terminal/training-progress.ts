import { styleText } from 'node:util';
import { SingleBar } from 'cli-progress';
import type { EpochRecord } from '../run/history.ts';
import type { EpochProgress, TrainingListener } from '../training-options.ts';
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
    const before = progress.samplesDone();
    const update = () => {
      const done = progress.samplesDone();
      const seconds = (performance.now() - began) / 1000;
      const samplesPerSecond = (done - before) / seconds;
      this.#bar.update(done, {
        loss: done === before ? '–' : progress.loss().toFixed(4),
        rate: done === before ? '–' : formatCount(samplesPerSecond),
        timeLeft: formatSeconds(this.#secondsLeft(progress, samplesPerSecond)),
      });
    };
    this.#bar.start(progress.samples, 0, {
      epoch: progress.epoch,
      epochs: this.#epochs,
      loss: '–',
      rate: '–',
      timeLeft: '–',
    });
    // A bar is no reason for the process to go on.
    this.#timer = setInterval(update, refreshMilliseconds).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#bar.stop();
  }

  epochEnded(row: EpochRecord): void {
    this.#secondsSoFar += row.seconds;
    this.#epochsEnded++;
  }

  /** The rest of the epoch at its own speed; the epochs behind it at the mean of the finished ones, or at the same speed. */
  #secondsLeft(progress: EpochProgress, samplesPerSecond: number): number {
    const inEpoch = (progress.samples - progress.samplesDone()) / samplesPerSecond;
    const epochSeconds =
      this.#epochsEnded > 0 ? this.#secondsSoFar / this.#epochsEnded : progress.samples / samplesPerSecond;
    return inEpoch + epochSeconds * (this.#epochs - progress.epoch);
  }
}

function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? `${whole} s` : `${minutes} min ${whole % 60} s`;
}
