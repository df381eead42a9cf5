import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { EpochRecord } from './history.ts';
import type { RunResult } from './run-result.ts';

/**
 * What a run leaves behind as it goes. Each call takes a copy of what it is given and returns; the writing goes on, one file after
 * the other, while the run trains.
 */
export interface RunRecords {
  history(history: readonly EpochRecord[]): void;
  /** @param row the epoch that the parameters are of */
  bestWeights(parameters: Float32Array, row: EpochRecord): void;
  checkpoint(checkpoint: Checkpoint): void;
  removeResult(): void;
  /** @returns the result of a run that was complete already; undefined if it was ended before it was written */
  readResult(): Promise<RunResult | undefined>;
  /** Draws the curves and writes result.json, which marks the run as complete. */
  finish(history: readonly EpochRecord[], result: RunResult): Promise<void>;
  /** Resolves when everything is on the disk. @throws RunError when something could not be written */
  written(): Promise<void>;
}

/** Those of a process that leaves nothing: of several that train a run together, all but one. */
export const noRecords: RunRecords = {
  history: () => {},
  bestWeights: () => {},
  checkpoint: () => {},
  removeResult: () => {},
  readResult: async () => undefined,
  finish: async () => {},
  written: async () => {},
};
