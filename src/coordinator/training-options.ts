import type { Collective } from './collective/collective.ts';
import type { EpochRecord } from './run/history.ts';
import type { ResumedRun } from './run/resume.ts';
import type { RunResult } from './run/run-result.ts';
import type { RunTelemetry } from './telemetry/run-telemetry.ts';
import type { SetupListeners } from './training-setup.ts';

/** What a running epoch can be asked at any time. */
export interface EpochProgress {
  /** 1-based. */
  epoch: number;
  samples: number;
  samplesDone(): number;
  /** Mean loss of the last step; not a number before the first. */
  loss(): number;
}

/** A checkpoint that is on the disk. */
export interface SavedCheckpoint {
  globalStep: number;
  bytes: number;
  /** From its turn among the files to be written until it is safe. */
  seconds: number;
}

export type RunEnd =
  | { state: 'complete'; result: RunResult }
  /** Saved; can be resumed. */
  | { state: 'interrupted' }
  | { state: 'failed'; error: unknown };

/** Told of a run as it goes; must return at once. */
export interface TrainingListener extends SetupListeners {
  /** Before the first step. */
  onStart?(run: RunTelemetry): void;
  onEpochStart?(progress: EpochProgress): void;
  /** When the epoch's training ends, before its validation, or is broken off. */
  onEpochTrained?(): void;
  /** After its validation, when its row is the last of `RunTelemetry.history`. */
  onEpochEnd?(row: EpochRecord): void;
  onCheckpoint?(saved: SavedCheckpoint): void;
  onCheckpointFailed?(error: unknown): void;
  /** The last that is heard of a run; not of one that failed or was interrupted before `onStart`. */
  onEnd?(end: RunEnd): void;
}

export interface TrainingOptions {
  listener?: TrainingListener;
  /** A run to go on with, instead of a new one; the caller keeps its lock. */
  resume?: Pick<ResumedRun, 'path' | 'checkpoint'> | undefined;
  /** The processes that train the run together; by default this one is alone. */
  collective?: Collective | undefined;
  /** Ends the run after the step that it is in, with a checkpoint. */
  signal?: AbortSignal | undefined;
  /** Spans that each worker keeps for a trace until they are read: a power of two; none by default. */
  traceCapacity?: number | undefined;
  /** Single devices, to be dealt to the workers; by default those that `config.device` stands for. */
  devices?: readonly string[] | undefined;
  /** Shows what the processes of devices print, on standard error. */
  verbose?: boolean | undefined;
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
