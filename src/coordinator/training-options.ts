import type { EpochRecord } from './run/history.ts';
import type { ResumedRun } from './run/resume.ts';
import type { RunResult } from './run/run-result.ts';
import type { DatasetListeners } from './training-setup.ts';

/** What a running epoch can be asked at any time. */
export interface EpochProgress {
  /** 1-based. */
  epoch: number;
  samples: number;
  samplesDone(): number;
  /** Mean loss of the last step; not a number before the first. */
  loss(): number;
}

/** Told of a run as it goes; must return at once. */
export interface TrainingListener extends DatasetListeners {
  onStart?(run: { directory: string; trainingSamples: number; validationSamples: number }): void;
  onEpochStart?(progress: EpochProgress): void;
  /** When the epoch's training ends, before its validation, or is broken off. */
  onEpochTrained?(): void;
  onEpochEnd?(row: EpochRecord): void;
}

export interface TrainingOptions {
  listener?: TrainingListener;
  /** A run to go on with, instead of a new one; the caller keeps its lock. */
  resume?: ResumedRun | undefined;
  /** Ends the run after the step that it is in, with a checkpoint. */
  signal?: AbortSignal | undefined;
  /** Another module to run on the threads: for tests. */
  workerFile?: URL | undefined;
}

/** A run that ended as it should. */
export interface TrainedRun {
  directory: string;
  history: readonly EpochRecord[];
  /** Undefined when the run was interrupted and can be resumed. */
  result: RunResult | undefined;
}
