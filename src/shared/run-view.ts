/**
 * What the page and the report show of a run: plain JSON, with no host name and no path. Every list is thinned to a bounded
 * length, however long the run is.
 */
export interface RunView {
  /** Last part of the run folder's path. */
  run: string;
  /** Settings that the run resolved to, without paths. */
  config: Readonly<Record<string, string | number | boolean>>;
  /** Keys of those that are as they are by default. */
  defaults: readonly string[];
  /** Undefined where nobody kept it. */
  environment: RunEnvironment | undefined;
  /** Device of each worker. */
  devices: readonly string[];
  trainingSamples: number | undefined;
  validationSamples: number | undefined;
  state: RunState;
  progress: RunProgress;
  /** Undefined before the first. */
  best: EpochPoint | undefined;
  /** Of the weights after the last finished epoch. */
  weightsSha256: string | undefined;
  confusion: EpochConfusion | undefined;
  /** Of all epochs that are planned, as far as it is known; empty where it is always the same. */
  learningRates: readonly LearningRatePoint[];
  history: readonly EpochPoint[];
  stepLosses: readonly StepLoss[];
  throughput: readonly ThroughputPoint[];
  workerTimes: readonly WorkerTime[];
  /** The latest, in the order of time. */
  events: readonly RunEvent[];
}

export type RunState =
  | { kind: 'training' }
  | { kind: 'validating' }
  | { kind: 'complete' }
  | { kind: 'interrupted' }
  /** `reason`: the first line of the error. */
  | { kind: 'failed'; reason: string }
  /** Of a report: the folder tells that the run has not ended, or not how. */
  | { kind: 'incomplete' };

export interface RunEnvironment {
  lockstep: string;
  node: string;
  v8: string;
  platform: string;
  /** Undefined in a run of before they were kept. */
  cpu: string | undefined;
  cores: number | undefined;
}

/** Of a report, which counts whole epochs, `step` and `stepsPerEpoch` are 1. */
export interface RunProgress {
  /** 1-based; the last one once the run is complete. */
  epoch: number;
  epochs: number;
  /** Taken, of the epoch. */
  step: number;
  stepsPerEpoch: number;
  /** Ratio of all steps of the run, 0 to 1. */
  done: number;
  /** Time that training and validation have taken, those before a resume included. */
  seconds: number;
  /** Undefined before there is a speed to tell it from, and at the end. */
  secondsLeft: number | undefined;
}

/** One epoch. */
export interface EpochPoint {
  /** 1-based. */
  epoch: number;
  /** Mean cross-entropy in nats. */
  trainLoss: number;
  validationLoss: number;
  /** Ratios, 0 to 1. */
  trainAccuracy: number;
  validationAccuracy: number;
  seconds: number;
  samplesPerSecond: number;
}

/** Mean training loss of some steps in a row; `epochs` is where the last of them ends: 1.5 in the middle of the second. */
export interface StepLoss {
  epochs: number;
  loss: number;
}

/** `epochs` is where the step ends that has this rate. */
export interface LearningRatePoint {
  epochs: number;
  rate: number;
}

/** Training samples per second of training time, validation not counted. */
export interface ThroughputPoint {
  /** Of the run, where the stretch ends. */
  seconds: number;
  samplesPerSecond: number;
  perWorker: readonly number[];
}

/** Where a worker's time went in some epochs in a row. What the phases leave of the time between `from` and `to` is other. */
export interface WorkerTime {
  worker: number;
  fromEpoch: number;
  toEpoch: number;
  /** Seconds of the run. */
  from: number;
  to: number;
  samples: number;
  compute: number;
  update: number;
  wait: number;
  evaluation: number;
  restarts: number;
}

export interface RunEvent {
  kind: 'checkpoint' | 'checkpoint-failed' | 'restart';
  /** Of the run. */
  seconds: number;
  /** The worker that was replaced. */
  worker: number | undefined;
  text: string;
}

/** Row = true class, column = predicted class. */
export interface EpochConfusion {
  epoch: number;
  matrix: readonly (readonly number[])[];
}

/** The lists of a view that grow at their end. */
export type SeriesName = 'history' | 'stepLosses' | 'throughput' | 'workerTimes' | 'events';

/** The end of a list anew: what stood at `from` and behind is replaced. */
interface SeriesTail<Item> {
  from: number;
  items: readonly Item[];
}

/** What has changed in a view. A field that has become undefined is null: JSON has no undefined. */
export interface RunViewUpdate {
  fields: { [Name in Exclude<keyof RunView, SeriesName>]?: RunView[Name] | null };
  series: { [Name in SeriesName]?: SeriesTail<RunView[Name][number]> };
}
