import type { TraceRingReader } from '../../shared/trace-ring.ts';
import { wallClockSeconds } from '../../shared/wall-clock.ts';
import { phaseKinds } from '../../shared/work-queue.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { StepFigures } from '../telemetry/step-figures.ts';
import type { StepReader } from '../telemetry/step-reader.ts';
import type { RunEnd, TrainingListener } from '../training-options.ts';
import { TraceEvents, tracks } from './trace-events.ts';
import { addWorkerSpans, phaseNames, type TracedPhase } from './worker-spans.ts';

/** The rings hold the spans of some seconds; the coordinator is never kept from reading them for so long. */
const flushMilliseconds = 1000;

/**
 * Turns what a run tells, and what its workers leave in their rings, into the events of a trace. On the coordinator's track lie
 * the epochs, in them the steps and the validation, and in those the phases.
 */
export class TraceRecorder {
  readonly listener: TrainingListener;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #origin = wallClockSeconds();
  #run: RunTelemetry | undefined;
  #readers: TraceRingReader[] = [];
  #steps: StepReader | undefined;
  /** Read, and not yet written. */
  #newSteps: readonly StepFigures[] = [];
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  /** Phases of steps that are not known to be taken yet, by the number of steps before. */
  readonly #gradients = new Map<number, TracedPhase>();
  readonly #updates = new Map<number, TracedPhase>();
  #epoch: { number: number; begin: number } | undefined;
  #validationBegin: number | undefined;
  #lost = 0;
  /** Those that are not written yet. */
  readonly #events = new TraceEvents();

  /** @param write takes the trace in pieces, whose memory is used again when it returns */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
    this.listener = {
      onStart: (run) => this.#start(run),
      onEpochStart: ({ epoch }) => {
        this.#epoch = { number: epoch, begin: this.#now };
      },
      onEpochTrained: () => {
        // The next epoch's steps take the place of these. They are written while the validation runs: now the workers wait.
        this.#readSteps();
        this.#soon = setImmediate(() => this.flush());
        if (this.#run?.epochStep === this.#run?.stepsPerEpoch) this.#validationBegin = this.#now;
      },
      onEpochEnd: ({ validationLoss, validationAccuracy }) => {
        this.#endEpoch({ validation_loss: validationLoss, validation_accuracy: validationAccuracy });
      },
      onCheckpoint: ({ globalStep, bytes, seconds }) => {
        const now = this.#now;
        const begin = now - seconds;
        this.#events.span(tracks.checkpoints, 'checkpoint', begin, now, { step: globalStep, bytes });
      },
      onCheckpointFailed: (error) => {
        const reason = describe(error);
        this.#events.instant(tracks.checkpoints, 'checkpoint failed', this.#now, { reason });
      },
      onWorkerReplaced: (worker, reason) => {
        this.#events.instant(tracks.firstWorker + worker, 'worker replaced', this.#now, { reason });
      },
      onEnd: (end) => this.#end(end),
    };
    this.#events.processName('lockstep');
    this.#events.trackName(tracks.coordinator, 'coordinator');
    this.#events.trackName(tracks.checkpoints, 'checkpoints');
  }

  /** Spans that were overwritten before they could be read. */
  get lost(): number {
    return this.#lost;
  }

  /** Writes what has come together since the last call. */
  flush(): void {
    this.#drain();
    this.#write(this.#events.take());
  }

  #drain(): void {
    // First: the phases of a step lie in a ring before the step counts as taken.
    this.#readSteps();
    for (const [worker, reader] of this.#readers.entries()) {
      const { lost, phases } = addWorkerSpans(this.#events, reader, worker, this.#origin);
      this.#lost += lost;
      for (const phase of phases) this.#addPhase(phase);
    }
    for (const step of this.#newSteps) this.#addStep(step);
    this.#newSteps = [];
  }

  #readSteps(): void {
    if (this.#steps !== undefined) this.#newSteps = this.#newSteps.concat(this.#steps.read());
  }

  /** Writes what is left. */
  stop(): void {
    clearInterval(this.#timer);
    clearImmediate(this.#soon);
    this.flush();
  }

  get #now(): number {
    return wallClockSeconds() - this.#origin;
  }

  #start(run: RunTelemetry): void {
    this.#run = run;
    this.#readers = run.traceReaders();
    this.#steps = run.stepReader();
    this.#timer = setInterval(() => this.flush(), flushMilliseconds).unref();
    for (const { worker, device } of run.workers()) {
      this.#events.trackName(tracks.firstWorker + worker, `worker ${worker} (${device})`);
    }
    this.#events.span(tracks.coordinator, 'start-up', 0, this.#now);
  }

  #addPhase(phase: TracedPhase): void {
    const { kind, begin, end, globalStep } = phase;
    this.#events.span(tracks.coordinator, phaseNames[kind], begin, end);
    if (kind === phaseKinds.gradients) this.#gradients.set(globalStep, phase);
    if (kind === phaseKinds.update) this.#updates.set(globalStep, phase);
  }

  #addStep(step: StepFigures): void {
    const before = step.globalStep - 1;
    const begin = this.#gradients.get(before)?.begin;
    const end = this.#updates.get(before)?.end;
    this.#gradients.delete(before);
    this.#updates.delete(before);
    // Overwritten, or completed in the stead of a worker that was lost.
    if (begin === undefined || end === undefined) return;
    this.#events.span(tracks.coordinator, 'step', begin, end, {
      step: step.globalStep,
      samples: step.samples,
      loss: step.loss,
      accuracy: step.accuracy,
      gradient_norm: step.gradientNorm,
    });
    this.#events.counter('loss', end, step.loss);
  }

  #endEpoch(scores?: Readonly<Record<string, number>>): void {
    const now = this.#now;
    const { number, begin } = this.#epoch ?? { number: 0, begin: now };
    this.#events.span(tracks.coordinator, `epoch ${number}`, begin, now);
    if (this.#validationBegin !== undefined) {
      this.#events.span(tracks.coordinator, 'validation', this.#validationBegin, now, scores);
    }
    this.#epoch = undefined;
    this.#validationBegin = undefined;
  }

  #end({ state }: RunEnd): void {
    this.#drain();
    if (this.#epoch !== undefined) this.#endEpoch();
    this.#events.instant(tracks.coordinator, `run ${state}`, this.#now);
    this.stop();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
