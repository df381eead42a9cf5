import type { Config } from '../../shared/config.ts';
import type { DatasetHashes } from '../dataset/load-dataset.ts';
import type { EpochRecord } from '../run/history.ts';

/** Where a run stands between two steps: with the seed, all that is needed to go on as if nothing had happened. */
export interface TrainingCursor {
  /** 1-based; the epoch that is under way. `epochs + 1` when the run is complete. */
  epoch: number;
  /** Steps of that epoch that were taken. */
  step: number;
  /** Steps taken since the run's first. */
  globalStep: number;
}

/** What the finished steps of the epoch under way add up to, in step order. */
export interface EpochTotals {
  lossSum: number;
  correct: number;
  /** Time spent on the epoch, and on its training steps alone; a resumed epoch adds up its parts. */
  seconds: number;
  trainingSeconds: number;
}

/** Everything that a run may not lose. */
export interface Checkpoint {
  config: Config;
  cursor: TrainingCursor;
  totals: EpochTotals;
  history: readonly EpochRecord[];
  datasetHashes: DatasetHashes<'train'>;
  /** SHA-256 of the kernels that it was trained with; undefined in one of a version that did not keep it. */
  kernelsSha256: string | undefined;
  /** float32[parameterLayout(config).length] each. */
  parameters: Float32Array;
  firstMoments: Float32Array;
  secondMoments: Float32Array;
  /** Moving average of the parameters, in a run that keeps one. */
  averages: Float32Array | undefined;
  /** Weights of the best validation epoch so far; undefined in the first epoch. */
  bestParameters: Float32Array | undefined;
}
