import { basename, resolve } from 'node:path';
import type {
  EpochConfusion,
  EpochPoint,
  LearningRatePoint,
  RunEvent,
  RunProgress,
  RunState,
  RunView,
  StepLoss,
} from '../../shared/run-view.ts';
import { bestEpoch, type EpochRecord } from '../run/history.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { StepReader } from '../telemetry/step-reader.ts';
import { WorkerEpochs } from '../telemetry/worker-epochs.ts';
import type { RunEnd, SavedCheckpoint } from '../training-options.ts';
import {
  currentEnvironment,
  describeConfig,
  describeFailure,
  epochPoint,
  thinHistory,
  withoutPaths,
} from './describe-run.ts';
import { RunClock } from './run-clock.ts';
import { schedulePoints } from './schedule-points.ts';
import { ThinnedSeries } from './thinned-series.ts';
import { ThroughputSeries } from './throughput-series.ts';
import { WorkerTimeSeries } from './worker-time-series.ts';

const stepLossLimit = 1000;
const eventLimit = 200;
type FixedFields = 'run' | 'config' | 'defaults' | 'environment' | 'trainingSamples' | 'validationSamples';
/** Less training than that says nothing about its speed. */
const shortestSampleSeconds = 0.05;

/**
 * What is to be seen of a running run. Only what could not be had later is collected as the run goes, and thinned; the rest is
 * read when somebody asks for the view.
 */
export class LiveRunView {
  readonly #run: RunTelemetry;
  readonly #fixed: Pick<RunView, FixedFields>;
  readonly #clock: RunClock;
  readonly #steps: StepReader;
  readonly #workerEpochs: WorkerEpochs;
  readonly #stepLosses = new ThinnedSeries<StepLoss>(stepLossLimit, mergeLosses);
  readonly #throughput: ThroughputSeries;
  readonly #workerTimes: WorkerTimeSeries;
  readonly #points = new WeakMap<EpochRecord, EpochPoint>();
  #devices: readonly string[];
  #samplesBefore: readonly number[];
  #trainingSecondsBefore = 0;
  #events: readonly RunEvent[] = [];
  #state: RunState = { kind: 'training' };
  /** The epoch whose predictions are whole in memory. */
  #predictedEpoch: number | undefined;
  #confusion: EpochConfusion | undefined;
  /** The learning rates as they were planned after so many epochs. */
  #plan: { epochs: number; points: readonly LearningRatePoint[] } | undefined;
  /** The last view: by then the memory of the run may hold anything. */
  #final: RunView | undefined;

  constructor(run: RunTelemetry) {
    this.#run = run;
    this.#fixed = {
      run: basename(resolve(run.directory)),
      ...describeConfig(run.config),
      environment: currentEnvironment(),
      trainingSamples: run.trainingSamples,
      validationSamples: run.validationSamples,
    };
    const secondsBefore = run.history.reduce((sum, row) => sum + row.seconds, 0);
    this.#clock = new RunClock(secondsBefore, run.epochStep / run.stepsPerEpoch);
    this.#steps = run.stepReader();
    this.#workerEpochs = new WorkerEpochs(run);
    const workers = run.workers();
    this.#devices = workers.map(({ device }) => device);
    this.#samplesBefore = workers.map(({ samples }) => samples);
    this.#throughput = new ThroughputSeries(workers.length);
    this.#workerTimes = new WorkerTimeSeries(workers.length);
  }

  get isOver(): boolean {
    return this.#final !== undefined;
  }

  /** Everything as it is now; objects that have not changed since the last view are the same. */
  view(): RunView {
    if (this.#final !== undefined) return this.#final;
    const { history } = this.#run;
    this.#readSteps();
    return {
      ...this.#fixed,
      devices: this.#devices,
      state: this.#state,
      progress: this.#progress(),
      best: this.#pointOf(bestEpoch(history)),
      weightsSha256: history.at(-1)?.weightsSha256,
      confusion: this.#readConfusion(),
      learningRates: this.#schedule(),
      history: thinHistory(history).map((row) => this.#pointOf(row) as EpochPoint),
      stepLosses: this.#stepLosses.points,
      throughput: this.#throughput.points,
      workerTimes: this.#workerTimes.points,
      events: this.#events,
    };
  }

  /** To be called about twice a second: notes the speed since the last call. */
  sample(): void {
    this.#readSteps();
    const trainingSeconds = this.#clock.trainingSeconds - this.#trainingSecondsBefore;
    if (trainingSeconds < shortestSampleSeconds) return;
    const samples = this.#run.workers().map((worker) => worker.samples);
    const since = samples.map((count, worker) => count - (this.#samplesBefore[worker] as number));
    this.#throughput.add(round(this.#clock.seconds, 2), since, trainingSeconds);
    this.#samplesBefore = samples;
    this.#trainingSecondsBefore += trainingSeconds;
  }

  epochStarted(): void {
    this.#state = { kind: 'training' };
    this.#clock.trainingBegins();
  }

  epochTrained(): void {
    this.#state = { kind: 'validating' };
    this.#predictedEpoch = undefined;
    this.#clock.trainingEnds();
    this.#readSteps();
  }

  epochEnded(row: EpochRecord): void {
    const from = this.#clock.epochBegan;
    this.#clock.epochEnds(row.seconds);
    this.#workerTimes.add(this.#workerEpochs.next(row.epoch), from, this.#clock.epochBegan);
    this.#predictedEpoch = row.epoch;
    this.#state = { kind: 'training' };
  }

  workerReplaced(worker: number, reason: string): void {
    this.#note({ kind: 'restart', worker, text: withoutPaths(reason.split('\n')[0] as string) });
    this.#devices = this.#run.workers().map(({ device }) => device);
  }

  checkpointSaved({ globalStep, bytes, seconds }: SavedCheckpoint): void {
    const text = `step ${globalStep}, ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(2)} s`;
    this.#note({ kind: 'checkpoint', worker: undefined, text });
  }

  checkpointFailed(error: unknown): void {
    this.#note({ kind: 'checkpoint-failed', worker: undefined, text: describeFailure(error) });
  }

  ended(end: RunEnd): void {
    this.sample();
    this.#clock.stop();
    this.#state =
      end.state === 'failed' ? { kind: 'failed', reason: describeFailure(end.error) } : { kind: end.state };
    this.#final = this.view();
  }

  #note(event: Omit<RunEvent, 'seconds'>): void {
    const noted = { ...event, seconds: round(this.#clock.seconds, 2) };
    this.#events = [...this.#events.slice(1 - eventLimit), noted];
  }

  #readSteps(): void {
    const { stepsPerEpoch } = this.#run;
    for (const { epoch, step, loss } of this.#steps.read()) {
      this.#stepLosses.add({ epochs: epoch - 1 + step / stepsPerEpoch, loss });
    }
  }

  #progress(): RunProgress {
    const { config, stepsPerEpoch, history } = this.#run;
    const isComplete = this.#run.epoch > config.epochs;
    const epoch = Math.min(this.#run.epoch, config.epochs);
    const step = isComplete ? stepsPerEpoch : this.#run.epochStep;
    const isOver = this.#state.kind !== 'training' && this.#state.kind !== 'validating';
    return {
      epoch,
      epochs: config.epochs,
      step,
      stepsPerEpoch,
      done: ((epoch - 1) * stepsPerEpoch + step) / (config.epochs * stepsPerEpoch),
      seconds: round(this.#clock.seconds, 1),
      secondsLeft:
        isOver || isComplete
          ? undefined
          : this.#clock.secondsLeft(
              step / stepsPerEpoch,
              config.epochs - epoch,
              history.map((row) => row.seconds),
            ),
    };
  }

  /** What is planned changes with the finished epochs, if at all. */
  #schedule(): readonly LearningRatePoint[] {
    const { config, stepsPerEpoch, history } = this.#run;
    const isKnown = config.schedule !== 'plateau' || this.#plan?.epochs === history.length;
    if (this.#plan === undefined || !isKnown) {
      const losses = history.map((row) => row.validationLoss);
      this.#plan = { epochs: history.length, points: schedulePoints(config, stepsPerEpoch, losses) };
    }
    return this.#plan.points;
  }

  #pointOf(row: EpochRecord | undefined): EpochPoint | undefined {
    if (row === undefined) return undefined;
    const known = this.#points.get(row);
    if (known !== undefined) return known;
    const point = epochPoint(row);
    this.#points.set(row, point);
    return point;
  }

  /** While a validation is under way, its predecessor's if somebody looked at that. */
  #readConfusion(): EpochConfusion | undefined {
    const epoch = this.#predictedEpoch;
    if (epoch !== undefined && this.#confusion?.epoch !== epoch) {
      this.#confusion = { epoch, matrix: this.#run.validationConfusion() };
    }
    return this.#confusion;
  }
}

function mergeLosses(earlier: StepLoss, later: StepLoss, share: number): StepLoss {
  return { epochs: later.epochs, loss: earlier.loss * share + later.loss * (1 - share) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
