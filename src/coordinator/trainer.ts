import { stepsPerEpoch } from '../shared/batch-plan.ts';
import { type CheckpointInterval, parseCheckpointInterval } from '../shared/checkpoint-interval.ts';
import type { Config } from '../shared/config.ts';
import { RunError } from '../shared/errors.ts';
import { alone } from './collective/collective.ts';
import { writeEpoch } from './epoch-schedule.ts';
import { checkRun, type OpenRun, openRun } from './run/open-run.ts';
import { noRecords, type RunRecords } from './run/run-records.ts';
import { summarizeRun } from './run/run-result.ts';
import { RunTelemetry } from './telemetry/run-telemetry.ts';
import type { TrainedRun, TrainingListener, TrainingOptions } from './training-options.ts';
import { setUpTraining, type TrainingSetup } from './training-setup.ts';
import { TrainingState } from './training-state.ts';
import { hashWeights } from './weights-hash.ts';

/**
 * Trains LeNet-5 as configured, into a new run folder or going on in one.
 * @throws ConfigError, DataError or RunError; the reason of `options.signal` when that aborts before anything was written
 */
export async function train(config: Config, options: TrainingOptions = {}): Promise<TrainedRun> {
  const began = new Date();
  const { resume, collective = alone, listener = {} } = options;
  // Several ranks can end in order only together: after the first step, in whose exchange they agree on it.
  const signal = collective.rank.size === 1 ? options.signal : undefined;
  if (resume === undefined) await checkRun(config, collective);
  const setup = await setUpTraining(config, { ...options, signal }).catch((error: unknown) => {
    // What a download, say, that was broken off complains about is of no interest.
    signal?.throwIfAborted();
    throw error;
  });
  let opened: OpenRun | undefined;
  try {
    signal?.throwIfAborted();
    // Only now: a resume that is refused for its data set must leave the folder as it was.
    opened = await openRun(config, collective, listener, began, resume);
    return await new TrainingRun(config, setup, opened, options).run();
  } finally {
    await setup.session.stop().finally(() => opened?.release());
  }
}

/** The two levels of the loop: epochs, and the stretches of steps between two checkpoints. */
class TrainingRun {
  readonly #config: Config;
  readonly #setup: TrainingSetup;
  readonly #directory: string;
  readonly #listener: TrainingListener;
  readonly #signal: AbortSignal | undefined;
  readonly #interval: CheckpointInterval;
  readonly #state: TrainingState;
  readonly #telemetry: RunTelemetry;
  readonly #recorder: RunRecords;
  readonly #wasComplete: boolean;
  /** Cursor of the last checkpoint, as JSON; undefined before the first. */
  #savedCursor: string | undefined;
  /** Whether the current weights were seen to lead to numbers that are none. */
  #leadsNowhere = false;

  constructor(config: Config, setup: TrainingSetup, { path, records }: OpenRun, options: TrainingOptions) {
    this.#config = config;
    this.#setup = setup;
    this.#directory = path;
    this.#listener = options.listener ?? {};
    this.#signal = options.signal;
    this.#interval = parseCheckpointInterval(config.checkpointEvery);
    this.#state = new TrainingState(config, setup, options.resume?.checkpoint);
    this.#telemetry = new RunTelemetry(config, path, setup, this.#state);
    this.#recorder = records;
    this.#wasComplete = this.#state.isComplete;
    const resumedFrom = options.resume?.checkpoint?.cursor;
    this.#savedCursor = resumedFrom && JSON.stringify(resumedFrom);
    this.#restoreFiles();
  }

  async run(): Promise<TrainedRun> {
    const { session } = this.#setup;
    const stop = () => session.requestStop();
    if (this.#signal?.aborted) stop();
    this.#signal?.addEventListener('abort', stop);
    try {
      this.#listener.onStart?.(this.#telemetry);
      const startupSeconds = performance.now() / 1000;
      while (!this.#state.isComplete && !this.#isInterrupted) await this.#runEpoch();
      const run = await this.#end(startupSeconds);
      const { result } = run;
      this.#listener.onEnd?.(result === undefined ? { state: 'interrupted' } : { state: 'complete', result });
      return run;
    } catch (cause) {
      const error = await this.#saveAfter(cause);
      this.#listener.onEnd?.({ state: 'failed', error });
      throw error;
    } finally {
      this.#signal?.removeEventListener('abort', stop);
    }
  }

  get #isInterrupted(): boolean {
    return this.#setup.session.isStopping;
  }

  async #runEpoch(): Promise<void> {
    try {
      await this.#trainEpoch();
    } finally {
      this.#listener.onEpochTrained?.();
    }
    const steps = stepsPerEpoch(this.#setup.plan);
    if (this.#setup.session.epochStep === steps) await this.#validateEpoch();
  }

  /** Trains from the cursor to the end of the epoch, or until the run is interrupted. */
  async #trainEpoch(): Promise<void> {
    const { session, plan } = this.#setup;
    const { epoch } = this.#state;
    const steps = stepsPerEpoch(plan);
    let began = performance.now();
    this.#openEpoch(epoch);
    while (session.epochStep < steps && !this.#isInterrupted) {
      const from = session.epochStep;
      try {
        await session.trainSteps(this.#nextStop(from, steps));
      } catch (cause) {
        if (!(cause instanceof RunError)) throw cause;
        throw cause.inOtherWords(`epoch ${epoch}: ${cause.message}`, cause.nextStep);
      } finally {
        const now = performance.now();
        this.#state.addSteps(from, session.epochStep, (now - began) / 1000);
        began = now;
      }
      if (session.epochStep < steps) await this.#saveBetweenSteps();
    }
  }

  #openEpoch(epoch: number): void {
    const { session, plan } = this.#setup;
    this.#telemetry.learningRates = writeEpoch(this.#config, this.#setup, this.#state);
    this.#listener.onEpochStart?.({
      epoch,
      samples: plan.sampleCount,
      samplesDone: () => session.epochSamples,
      loss: () => session.latestLoss(),
    });
  }

  async #validateEpoch(): Promise<void> {
    const { session } = this.#setup;
    const state = this.#state;
    const began = performance.now();
    const validation = await session.evaluate();
    if (!Number.isFinite(validation.loss)) {
      this.#leadsNowhere = true;
      throw new RunError(
        `epoch ${state.epoch}: the validation loss is not finite.`,
        'A smaller --learning-rate usually helps.',
      );
    }
    const seconds = (performance.now() - began) / 1000;
    const { row, isBest } = state.endEpoch(validation, seconds, hashWeights(session.averages));
    // The files of the epoch before: by now they are written, or there is no point in going on.
    await this.#recorder.written();
    // First: where there is a history there is a checkpoint, or it was lost.
    if (this.#isCheckpointDue(row.epoch)) this.#saveCheckpoint();
    if (isBest) this.#recorder.bestWeights(session.averages, row);
    this.#recorder.history(state.history);
    this.#listener.onEpochEnd?.(row);
  }

  async #saveBetweenSteps(): Promise<void> {
    await this.#recorder.written();
    this.#saveCheckpoint();
  }

  #saveCheckpoint(): void {
    const checkpoint = this.#state.checkpoint();
    const cursor = JSON.stringify(checkpoint.cursor);
    // Already on its way to the disk: the same file need not be put at risk again.
    if (cursor === this.#savedCursor) return;
    this.#savedCursor = cursor;
    this.#recorder.checkpoint(checkpoint);
  }

  /**
   * Saves what a failed run has reached: the step that failed was not taken, so what stands in memory is a good
   * checkpoint, unless it leads to numbers that are none again.
   * @returns the error, with what to do next
   */
  async #saveAfter(error: unknown): Promise<unknown> {
    const isKept = this.#recorder !== noRecords;
    const isSaveable = isKept && !this.#setup.session.failed && !this.#leadsNowhere;
    if (isSaveable) this.#saveCheckpoint();
    try {
      await this.#recorder.written();
    } catch (saveError) {
      if (!(error instanceof RunError) || error === saveError) return error;
      const reason = saveError instanceof Error ? saveError.message : String(saveError);
      return error.inOtherWords(error.message, `And its checkpoint could not be saved: ${reason}`);
    }
    if (!(error instanceof RunError) || !isSaveable) return error;
    const advice = error.nextStep === undefined ? '' : `${error.nextStep}\n`;
    const next = `${advice}Saved; to go on: lockstep train --resume ${this.#directory}`;
    return error.inOtherWords(error.message, next);
  }

  /** The step of the epoch before which the next checkpoint is due. */
  #nextStop(from: number, steps: number): number {
    if (this.#interval.unit === 'epochs') return steps;
    const { count } = this.#interval;
    return Math.min(steps, from + count - (this.#setup.session.globalStep % count));
  }

  #isCheckpointDue(epoch: number): boolean {
    if (this.#savedCursor === undefined || this.#state.isComplete || this.#isInterrupted) return true;
    const { count, unit } = this.#interval;
    return (unit === 'epochs' ? epoch : this.#setup.session.globalStep) % count === 0;
  }

  /** What a resumed run's folder holds may be older or newer than its checkpoint. */
  #restoreFiles(): void {
    const { history, best } = this.#state;
    // It would tell of a run that is complete.
    if (!this.#state.isComplete) this.#recorder.removeResult();
    if (best !== undefined) this.#recorder.bestWeights(best.parameters, best.row);
    if (history.length > 0) this.#recorder.history(history);
  }

  async #end(startupSeconds: number): Promise<TrainedRun> {
    const { history } = this.#state;
    const isInterrupted = !this.#state.isComplete;
    // Interrupted before its first step, it has not been saved on the way; else this is a save that is skipped.
    if (isInterrupted) this.#saveCheckpoint();
    await this.#recorder.written();
    if (isInterrupted) return { directory: this.#directory, history, result: undefined };
    const earlier = this.#wasComplete ? await this.#recorder.readResult() : undefined;
    if (earlier !== undefined) return { directory: this.#directory, history, result: earlier };
    const result = summarizeRun({ config: this.#config, setup: this.#setup, history, startupSeconds });
    await this.#recorder.finish(history, result);
    return { directory: this.#directory, history, result };
  }
}
