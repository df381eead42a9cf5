import type { Config } from '../shared/config.ts';
import { stepRecord } from '../shared/memory-layout.ts';
import type { Checkpoint, EpochTotals, TrainingCursor } from './checkpoint/checkpoint.ts';
import type { DataParallel, Scores } from './data-parallel.ts';
import { bestEpoch, type EpochRecord } from './run/history.ts';
import type { TrainingSetup } from './training-setup.ts';

const noTotals: Readonly<EpochTotals> = { lossSum: 0, correct: 0, seconds: 0, trainingSeconds: 0 };

/**
 * What changes while a run trains. The parameters and moments lie in the session's shared memory; everything else is here,
 * and all of it together is a checkpoint.
 */
export class TrainingState {
  readonly history: EpochRecord[];
  readonly #config: Config;
  readonly #setup: TrainingSetup;
  #epoch: number;
  #totals: EpochTotals;
  #bestParameters: Float32Array | undefined;

  /** Begins with the setup's initial parameters, or goes on from a checkpoint. */
  constructor(config: Config, setup: TrainingSetup, checkpoint: Checkpoint | undefined) {
    const { session } = setup;
    this.#config = config;
    this.#setup = setup;
    this.history = [...(checkpoint?.history ?? [])];
    this.#epoch = checkpoint?.cursor.epoch ?? 1;
    this.#totals = { ...(checkpoint?.totals ?? noTotals) };
    this.#bestParameters = checkpoint?.bestParameters;
    session.placeCursor(checkpoint?.cursor.globalStep ?? 0, checkpoint?.cursor.step ?? 0);
    session.parameters.set(setup.initialParameters);
    session.averages.set(checkpoint?.averages ?? setup.initialParameters);
    if (checkpoint !== undefined) {
      session.firstMoments.set(checkpoint.firstMoments);
      session.secondMoments.set(checkpoint.secondMoments);
    }
  }

  /** 1-based; the epoch that is under way, or the one behind the last. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether there is nothing left to train: all epochs, or as many as brought something. */
  get isComplete(): boolean {
    return this.#epoch > this.#config.epochs || this.stoppedEarly;
  }

  /** Whether the last `patience` epochs brought no better validation accuracy. */
  get stoppedEarly(): boolean {
    const best = bestEpoch(this.history);
    const { patience } = this.#config;
    return patience !== undefined && best !== undefined && this.history.length - best.epoch >= patience;
  }

  /** Weights of the best validation epoch so far, and its row; undefined in the first epoch. */
  get best(): { parameters: Float32Array; row: EpochRecord } | undefined {
    const row = bestEpoch(this.history);
    const parameters = this.#bestParameters;
    return row === undefined || parameters === undefined ? undefined : { parameters, row };
  }

  /** Adds the records of steps [from, to) of the epoch, in step order, and the time that they took. */
  addSteps(from: number, to: number, seconds: number): void {
    const records = this.#session.memory.stepRecords;
    for (let step = from; step < to; step++) {
      this.#totals.lossSum += records[step * stepRecord.fields + stepRecord.lossSum] as number;
      this.#totals.correct += records[step * stepRecord.fields + stepRecord.correct] as number;
    }
    this.#totals.seconds += seconds;
    this.#totals.trainingSeconds += seconds;
  }

  /**
   * Closes the epoch with its validation scores.
   * @param seconds what the validation took
   * @returns its row of the history, and whether its weights are the best so far
   */
  endEpoch(
    validation: Scores,
    seconds: number,
    weightsSha256: string,
  ): { row: EpochRecord; isBest: boolean } {
    const { sampleCount } = this.#setup.plan;
    const totals = this.#totals;
    const row: EpochRecord = {
      epoch: this.#epoch,
      trainLoss: totals.lossSum / sampleCount,
      validationLoss: validation.loss,
      trainAccuracy: totals.correct / sampleCount,
      validationAccuracy: validation.accuracy,
      seconds: totals.seconds + seconds,
      samplesPerSecond: sampleCount / totals.trainingSeconds,
      weightsSha256,
    };
    this.history.push(row);
    const isBest = bestEpoch(this.history) === row;
    if (isBest) this.#bestParameters = this.#session.averages.slice();
    this.#epoch++;
    this.#totals = { ...noTotals };
    this.#session.placeCursor(this.#session.globalStep, 0);
    return { row, isBest };
  }

  /** Everything as it is now; the tensors are views, valid until the next step. */
  checkpoint(): Checkpoint {
    const session = this.#session;
    const cursor: TrainingCursor = {
      epoch: this.#epoch,
      step: session.epochStep,
      globalStep: session.globalStep,
    };
    return {
      config: this.#config,
      cursor,
      totals: { ...this.#totals },
      history: this.history,
      datasetHashes: this.#setup.datasetHashes,
      kernelsSha256: this.#setup.kernelsSha256,
      parameters: session.parameters,
      firstMoments: session.firstMoments,
      secondMoments: session.secondMoments,
      averages: this.#config.emaDecay === undefined ? undefined : session.averages,
      bestParameters: this.#bestParameters,
    };
  }

  get #session(): DataParallel {
    return this.#setup.session;
  }
}
