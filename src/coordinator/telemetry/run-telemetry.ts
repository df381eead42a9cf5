import { samplesInStep, stepsPerEpoch } from '../../shared/batch-plan.ts';
import type { Config } from '../../shared/config.ts';
import { workerStatistics as statistic, stepRecord } from '../../shared/memory-layout.ts';
import { classCount } from '../../shared/model.ts';
import { TraceRingReader } from '../../shared/trace-ring.ts';
import { confusionMatrix } from '../classification-report.ts';
import type { DatasetHashes } from '../dataset/load-dataset.ts';
import type { EpochRecord } from '../run/history.ts';
import type { TrainingSetup } from '../training-setup.ts';
import type { TrainingState } from '../training-state.ts';
import { type RankFigures, readRankFigures } from './rank-figures.ts';
import type { StepFigures, WorkerFigures } from './step-figures.ts';
import { StepReader } from './step-reader.ts';

/**
 * What a running run can be asked at any time. All of it is read out of shared memory when somebody asks: what nobody asks
 * for costs nothing.
 */
export class RunTelemetry {
  readonly config: Config;
  readonly directory: string;
  /** Samples of an epoch, and of its validation. */
  readonly trainingSamples: number;
  readonly validationSamples: number;
  readonly stepsPerEpoch: number;
  readonly datasetHashes: DatasetHashes<'train'>;
  readonly #setup: TrainingSetup;
  readonly #state: TrainingState;
  #learningRates: readonly number[] = [];
  /** In the order of the predictions. */
  #validationLabels: Uint8Array | undefined;
  /** Of the steps of one epoch, those that somebody asked for: there are several readers, and they ask for the same. */
  #known: { epoch: number; steps: (StepFigures | undefined)[] } = { epoch: 0, steps: [] };

  constructor(config: Config, directory: string, setup: TrainingSetup, state: TrainingState) {
    this.config = config;
    this.directory = directory;
    this.trainingSamples = setup.trainingSamples.length;
    this.validationSamples = setup.validationSamples.length;
    this.stepsPerEpoch = stepsPerEpoch(setup.plan);
    this.datasetHashes = setup.datasetHashes;
    this.#setup = setup;
    this.#state = state;
  }

  /** For the trainer, at the beginning of an epoch: one rate for each of its steps. */
  set learningRates(rates: readonly number[]) {
    this.#learningRates = rates;
  }

  /** 1-based; `config.epochs + 1` once the last one is validated. */
  get epoch(): number {
    return this.#state.epoch;
  }

  /** Steps of the epoch that were taken. */
  get epochStep(): number {
    return this.#setup.session.epochStep;
  }

  /** Steps taken since the run's first. */
  get globalStep(): number {
    return this.#setup.session.globalStep;
  }

  /** Samples of the epoch that took part in a step. */
  get epochSamples(): number {
    return this.#setup.session.epochSamples;
  }

  /** Rows of the finished epochs; those before a resume, too. */
  get history(): readonly EpochRecord[] {
    return this.#state.history;
  }

  /** @param index 0-based, below `epochStep`: the steps of the current epoch */
  step(index: number): StepFigures {
    const { epoch } = this;
    if (this.#known.epoch !== epoch) this.#known = { epoch, steps: [] };
    const { steps } = this.#known;
    steps[index] ??= this.#figures(index);
    return steps[index];
  }

  /** The step that was not taken because its loss or gradient is not finite; undefined while all is well. */
  get rejectedStep(): StepFigures | undefined {
    return this.#setup.session.failed ? this.#figures(this.epochStep) : undefined;
  }

  /** A reader of all steps from now on. */
  stepReader(): StepReader {
    return new StepReader(this);
  }

  /** For each worker a reader of its part of the trace; none where nothing is traced. */
  traceReaders(): TraceRingReader[] {
    const { buffer, layout } = this.#setup.session.memory;
    if (layout.needs.traceCapacity === 0) return [];
    return Array.from(
      { length: layout.needs.workers },
      (_, worker) => new TraceRingReader(buffer, layout, worker),
    );
  }

  /** What each rank told last; none where this process is alone. */
  ranks(): RankFigures[] {
    return readRankFigures(this.#setup.session.memory);
  }

  workers(): WorkerFigures[] {
    const { session } = this.#setup;
    return session.describeWorkers().map(({ device, restarts }, worker) => {
      const statistics = session.memory.workerStatistics(worker);
      const figure = (field: number) => statistics[field] as number;
      const tensors = figure(statistic.deviceTensors);
      return {
        worker,
        device,
        restarts,
        microShards: figure(statistic.microShards),
        samples: figure(statistic.samples),
        computeSeconds: figure(statistic.computeSeconds),
        updateSeconds: figure(statistic.updateSeconds),
        waitSeconds: figure(statistic.waitSeconds),
        evaluationSeconds: figure(statistic.evaluationSeconds),
        totalSeconds: figure(statistic.totalSeconds),
        deviceMemory: tensors > 0 ? { bytes: figure(statistic.deviceBytes), tensors } : undefined,
      };
    });
  }

  /** Of the last validation; row = true class, column = predicted class. All zeros before the first, partial during one. */
  validationConfusion(): number[][] {
    const { memory } = this.#setup.session;
    this.#validationLabels ??= Uint8Array.from(
      this.#setup.validationSamples,
      (sample) => memory.labels[sample] as number,
    );
    return confusionMatrix(this.#validationLabels, memory.predictions, classCount);
  }

  #figures(index: number): StepFigures {
    const { session, plan } = this.#setup;
    const { stepRecords } = session.memory;
    const record = (field: number) => stepRecords[index * stepRecord.fields + field] as number;
    const samples = samplesInStep(plan, index);
    return {
      epoch: this.epoch,
      step: index + 1,
      // Not from two words of shared memory: a step may be taken between their reads.
      globalStep: (this.epoch - 1) * this.stepsPerEpoch + index + 1,
      samples,
      loss: record(stepRecord.lossSum) / samples,
      accuracy: record(stepRecord.correct) / samples,
      gradientNorm: record(stepRecord.gradientNorm),
      learningRate: this.#learningRates[index] ?? Number.NaN,
      seconds: record(stepRecord.seconds),
      computeSeconds: record(stepRecord.computeSeconds),
      waitSeconds: record(stepRecord.waitSeconds),
      reduceSeconds: record(stepRecord.reduceSeconds),
      optimizerSeconds: record(stepRecord.optimizerSeconds),
      gatherSeconds: record(stepRecord.gatherSeconds),
    };
  }
}
