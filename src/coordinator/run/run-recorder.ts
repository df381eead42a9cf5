import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../shared/config.ts';
import { writeFileAtomically } from '../atomic-file.ts';
import { writeCurves } from '../charts/write-charts.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { encodeCheckpoint } from '../checkpoint/checkpoint-file.ts';
import { CheckpointStore } from '../checkpoint/checkpoint-store.ts';
import type { TrainingListener } from '../training-options.ts';
import { writeWeights } from '../weights-file.ts';
import { type EpochRecord, writeHistory } from './history.ts';
import { runFiles } from './run-files.ts';
import type { RunRecords } from './run-records.ts';
import type { RunResult } from './run-result.ts';

type CheckpointListener = Pick<TrainingListener, 'onCheckpoint' | 'onCheckpointFailed'>;

/** Keeps a run's folder up to date. */
export class RunRecorder implements RunRecords {
  readonly #directory: string;
  readonly #config: Config;
  readonly #listener: CheckpointListener;
  readonly #store: CheckpointStore;
  #writes: Promise<void> = Promise.resolve();

  constructor(directory: string, config: Config, listener: CheckpointListener) {
    this.#directory = directory;
    this.#config = config;
    this.#listener = listener;
    this.#store = new CheckpointStore(directory, config.keepCheckpoints);
  }

  history(history: readonly EpochRecord[]): void {
    const rows = [...history];
    this.#enqueue(() => writeHistory(this.#path(runFiles.history), rows));
  }

  bestWeights(parameters: Float32Array, row: EpochRecord): void {
    const copy = parameters.slice();
    // What `evaluate` needs to find the same validation samples again, and a reader to know what the file is.
    const metadata = {
      model: 'LeNet-5',
      epoch: String(row.epoch),
      validation_accuracy: String(row.validationAccuracy),
      weights_sha256: row.weightsSha256,
      config: JSON.stringify(this.#config),
    };
    this.#enqueue(() => writeWeights(this.#path(runFiles.best), copy, metadata));
  }

  checkpoint(checkpoint: Checkpoint): void {
    const bytes = encodeCheckpoint(checkpoint);
    const { globalStep } = checkpoint.cursor;
    this.#enqueue(async () => {
      const began = performance.now();
      try {
        await this.#store.save(bytes, globalStep);
      } catch (error) {
        this.#listener.onCheckpointFailed?.(error);
        throw error;
      }
      const seconds = (performance.now() - began) / 1000;
      this.#listener.onCheckpoint?.({ globalStep, bytes: bytes.byteLength, seconds });
    });
  }

  removeResult(): void {
    this.#enqueue(() => rm(this.#path(runFiles.result), { force: true }));
  }

  async readResult(): Promise<RunResult | undefined> {
    const text = await readFile(this.#path(runFiles.result), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as RunResult);
  }

  async finish(history: readonly EpochRecord[], result: RunResult): Promise<void> {
    await this.written();
    await writeCurves(this.#path(runFiles.curves), [{ label: '', history }]);
    await writeFileAtomically(this.#path(runFiles.result), `${JSON.stringify(result, null, 2)}\n`);
  }

  async written(): Promise<void> {
    await this.#writes;
  }

  #enqueue(write: () => Promise<void>): void {
    this.#writes = this.#writes.then(write);
    // A failure is reported by whoever waits next; until then it must not end the process.
    this.#writes.catch(() => {});
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}
