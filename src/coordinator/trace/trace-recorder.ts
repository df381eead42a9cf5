import type { TraceRingReader } from '../../shared/trace-ring.ts';
import { wallClockSeconds } from '../../shared/wall-clock.ts';
import { phaseKinds } from '../../shared/work-queue.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { StepFigures } from '../telemetry/step-figures.ts';
import type { StepReader } from '../telemetry/step-reader.ts';
import type { RunEnd, TrainingListener } from '../training-options.ts';
import {
  counterEvent,
  instantEvent,
  processNameEvent,
  separator,
  spanEvent,
  trackNameEvents,
  tracks,
} from './trace-events.ts';
import { phaseEvent, readWorkerEvents, type TracedPhase } from './worker-spans.ts';

/** The rings hold the spans of some seconds; the coordinator is never kept from reading them for so long. */
const flushMilliseconds = 500;

/**
 * Turns what a run tells, and what its workers leave in their rings, into the events of a trace. On the coordinator's track lie
 * the epochs, in them the steps and the validation, and in those the phases.
 */
export class TraceRecorder {
  readonly listener: TrainingListener;
  readonly #write: (text: string) => void;
  readonly #origin = wallClockSeconds();
  #run: RunTelemetry | undefined;
  #readers: TraceRingReader[] = [];
  #steps: StepReader | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Phases of steps that are not known to be taken yet, by the number of steps before. */
  readonly #gradients = new Map<number, TracedPhase>();
  readonly #updates = new Map<number, TracedPhase>();
  #epoch: { number: number; begin: number } | undefined;
  #validationBegin: number | undefined;
  #lost = 0;
  /** What is not written yet. */
  #text = processNameEvent('lockstep');

  /** @param write takes the trace in pieces, all of which but the first begin with a separator */
  constructor(write: (text: string) => void) {
    this.#write = write;
    this.listener = {
      onStart: (run) => this.#start(run),
      onEpochStart: ({ epoch }) => {
        this.#epoch = { number: epoch, begin: this.#now };
      },
      onEpochTrained: () => {
        this.flush();
        if (this.#run?.epochStep === this.#run?.stepsPerEpoch) this.#validationBegin = this.#now;
      },
      onEpochEnd: ({ validationLoss, validationAccuracy }) => {
        this.#drain();
        this.#endEpoch({ validation_loss: validationLoss, validation_accuracy: validationAccuracy });
      },
      onCheckpoint: ({ globalStep, bytes, seconds }) => {
        const now = this.#now;
        const begin = now - seconds;
        const details = JSON.stringify({ step: globalStep, bytes });
        this.#add(spanEvent(tracks.checkpoints, 'checkpoint', begin, now, details));
      },
      onCheckpointFailed: (error) => {
        const details = { reason: describe(error) };
        this.#add(instantEvent(tracks.checkpoints, 'checkpoint failed', this.#now, details));
      },
      onWorkerReplaced: (worker, reason) => {
        this.#add(instantEvent(tracks.firstWorker + worker, 'worker replaced', this.#now, { reason }));
      },
      onEnd: (end) => this.#end(end),
    };
    this.#add(
      ...trackNameEvents(tracks.coordinator, 'coordinator'),
      ...trackNameEvents(tracks.checkpoints, 'checkpoints'),
    );
  }

  /** Spans that were overwritten before they could be read. */
  get lost(): number {
    return this.#lost;
  }

  /** Writes what has come together since the last call. */
  flush(): void {
    this.#drain();
    if (this.#text === '') return;
    this.#write(this.#text);
    this.#text = '';
  }

  #drain(): void {
    // First: the phases of a step lie in a ring before the step counts as taken.
    const steps = this.#steps?.read() ?? [];
    for (const [worker, reader] of this.#readers.entries()) {
      const { events, lost, phases } = readWorkerEvents(reader, worker, this.#origin);
      this.#text += events;
      this.#lost += lost;
      for (const phase of phases) this.#addPhase(phase);
    }
    for (const step of steps) this.#addStep(step);
  }

  /** Writes what is left. */
  stop(): void {
    clearInterval(this.#timer);
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
    this.#add(
      ...run
        .workers()
        .flatMap(({ worker, device }) =>
          trackNameEvents(tracks.firstWorker + worker, `worker ${worker} (${device})`),
        ),
      spanEvent(tracks.coordinator, 'start-up', 0, this.#now),
    );
  }

  #add(...events: string[]): void {
    for (const event of events) this.#text += separator + event;
  }

  #addPhase(phase: TracedPhase): void {
    this.#add(phaseEvent(phase));
    if (phase.kind === phaseKinds.gradients) this.#gradients.set(phase.globalStep, phase);
    if (phase.kind === phaseKinds.update) this.#updates.set(phase.globalStep, phase);
  }

  #addStep(step: StepFigures): void {
    const before = step.globalStep - 1;
    const begin = this.#gradients.get(before)?.begin;
    const end = this.#updates.get(before)?.end;
    this.#gradients.delete(before);
    this.#updates.delete(before);
    // Overwritten, or completed in the stead of a worker that was lost.
    if (begin === undefined || end === undefined) return;
    const details = {
      step: step.globalStep,
      samples: step.samples,
      loss: step.loss,
      accuracy: step.accuracy,
      gradient_norm: step.gradientNorm,
    };
    this.#add(
      spanEvent(tracks.coordinator, 'step', begin, end, JSON.stringify(details)),
      counterEvent('loss', end, step.loss),
    );
  }

  #endEpoch(scores: Readonly<Record<string, number>>): void {
    const now = this.#now;
    const { number, begin } = this.#epoch ?? { number: 0, begin: now };
    this.#add(spanEvent(tracks.coordinator, `epoch ${number}`, begin, now));
    if (this.#validationBegin !== undefined) {
      const details = JSON.stringify(scores);
      this.#add(spanEvent(tracks.coordinator, 'validation', this.#validationBegin, now, details));
    }
    this.#epoch = undefined;
    this.#validationBegin = undefined;
  }

  #end({ state }: RunEnd): void {
    this.#drain();
    if (this.#epoch !== undefined) this.#endEpoch({});
    this.#add(instantEvent(tracks.coordinator, `run ${state}`, this.#now));
    this.stop();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
