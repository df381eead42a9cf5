import { join } from 'node:path';
import type { Config } from '../../shared/config.ts';
import { writeFileAtomically } from '../atomic-file.ts';
import { writeCurves } from '../charts/write-charts.ts';
import { writeWeights } from '../weights-file.ts';
import { type EpochRecord, writeHistory } from './history.ts';
import { runFiles } from './run-directory.ts';
import type { RunResult } from './run-result.ts';

/** Keeps a run's folder up to date: history and best weights after each epoch, curves and result at the end. */
export class RunRecorder {
  readonly history: EpochRecord[] = [];
  readonly #directory: string;
  readonly #config: Config;
  #bestAccuracy = Number.NEGATIVE_INFINITY;
  #pendingWrites: Promise<unknown> = Promise.resolve();

  constructor(directory: string, config: Config) {
    this.#directory = directory;
    this.#config = config;
  }

  /**
   * Writes go on while the next epoch trains; the next call waits for them.
   * @param parameters copied before the call returns to its caller's next step
   * @throws RunError when an earlier write failed
   */
  async recordEpoch(row: EpochRecord, parameters: Float32Array): Promise<void> {
    const isBest = row.validationAccuracy > this.#bestAccuracy;
    const best = isBest ? parameters.slice() : undefined;
    this.history.push(row);
    await this.#pendingWrites;
    const writes = [writeHistory(this.#path(runFiles.history), this.history)];
    if (best !== undefined) {
      this.#bestAccuracy = row.validationAccuracy;
      writes.push(writeWeights(this.#path(runFiles.best), best, this.#weightsMetadata(row)));
    }
    this.#pendingWrites = Promise.all(writes);
    // A failure is reported by whoever waits next; until then it must not end the process.
    this.#pendingWrites.catch(() => {});
  }

  async finish(result: RunResult): Promise<void> {
    await this.#pendingWrites;
    await writeCurves(this.#path(runFiles.curves), [{ label: '', history: this.history }]);
    await writeFileAtomically(this.#path(runFiles.result), `${JSON.stringify(result, null, 2)}\n`);
  }

  /** What `evaluate` needs to find the same validation samples again, and a reader to know what the file is. */
  #weightsMetadata(row: EpochRecord): Record<string, string> {
    return {
      model: 'LeNet-5',
      epoch: String(row.epoch),
      validation_accuracy: String(row.validationAccuracy),
      weights_sha256: row.weightsSha256,
      config: JSON.stringify(this.#config),
    };
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}
