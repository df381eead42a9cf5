import type { TraceRingReader, TraceSpan } from '../../shared/trace-ring.ts';
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
  spanEvent,
  trackNameEvents,
  tracks,
} from './trace-events.ts';
import { phaseEvent, readWorkerEvents } from './worker-spans.ts';

/** The rings hold the spans of some seconds; what the coordinator may be kept from reading them is less. */
const drainMilliseconds = 250;

/**
 * Turns what a run tells, and what its workers leave in their rings, into the events of a trace. On the coordinator's track lie
 * the epochs, in them the steps and the validation, and in those the phases.
 */
export class TraceRecorder {
  readonly listener: TrainingListener;
  readonly #write: (events: readonly string[]) => void;
  readonly #origin = wallClockSeconds();
  #run: RunTelemetry | undefined;
  #readers: TraceRingReader[] = [];
  #steps: StepReader | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Phases of steps that are not known to be taken yet, by the number of steps before. */
  readonly #gradients = new Map<number, TraceSpan>();
  readonly #updates = new Map<number, TraceSpan>();
  #epoch: { number: number; begin: number } | undefined;
  #validationBegin: number | undefined;
  #lost = 0;

  constructor(write: (events: readonly string[]) => void) {
    this.#write = write;
    this.listener = {
      onStart: (run) => this.#start(run),
      onEpochStart: ({ epoch }) => {
        this.#epoch = { number: epoch, begin: this.#now };
      },
      onEpochTrained: () => {
        this.drain();
        if (this.#run?.epochStep === this.#run?.stepsPerEpoch) this.#validationBegin = this.#now;
      },
      onEpochEnd: ({ validationLoss, validationAccuracy }) => {
        this.drain();
        this.#endEpoch({ validation_loss: validationLoss, validation_accuracy: validationAccuracy });
      },
      onCheckpoint: ({ globalStep, bytes, seconds }) => {
        const now = this.#now;
        const begin = now - seconds;
        write([spanEvent(tracks.checkpoints, 'checkpoint', begin, now, { step: globalStep, bytes })]);
      },
      onCheckpointFailed: (error) => {
        write([
          instantEvent(tracks.checkpoints, 'checkpoint failed', this.#now, { reason: describe(error) }),
        ]);
      },
      onWorkerReplaced: (worker, reason) => {
        write([instantEvent(tracks.firstWorker + worker, 'worker replaced', this.#now, { reason })]);
      },
      onEnd: (end) => this.#end(end),
    };
    write([
      processNameEvent('lockstep'),
      ...trackNameEvents(tracks.coordinator, 'coordinator'),
      ...trackNameEvents(tracks.checkpoints, 'checkpoints'),
    ]);
  }

  /** Spans that were overwritten before they could be read. */
  get lost(): number {
    return this.#lost;
  }

  /** Writes what has come together since the last call. */
  drain(): void {
    // First: the phases of a step lie in a ring before the step counts as taken.
    const steps = this.#steps?.read() ?? [];
    const events: string[] = [];
    for (const [worker, reader] of this.#readers.entries()) {
      const { events: more, lost, phases } = readWorkerEvents(reader, worker, this.#origin);
      events.push(...more);
      this.#lost += lost;
      for (const phase of phases) this.#addPhase(phase, events);
    }
    for (const step of steps) this.#addStep(step, events);
    if (events.length > 0) this.#write(events);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get #now(): number {
    return wallClockSeconds() - this.#origin;
  }

  #start(run: RunTelemetry): void {
    this.#run = run;
    this.#readers = run.traceReaders();
    this.#steps = run.stepReader();
    this.#timer = setInterval(() => this.drain(), drainMilliseconds).unref();
    this.#write([
      ...run
        .workers()
        .flatMap(({ worker, device }) =>
          trackNameEvents(tracks.firstWorker + worker, `worker ${worker} (${device})`),
        ),
      spanEvent(tracks.coordinator, 'start-up', 0, this.#now),
    ]);
  }

  #addPhase(phase: TraceSpan, events: string[]): void {
    events.push(phaseEvent(phase, this.#origin));
    if (phase.kind === phaseKinds.gradients) this.#gradients.set(phase.globalStep, phase);
    if (phase.kind === phaseKinds.update) this.#updates.set(phase.globalStep, phase);
  }

  #addStep(step: StepFigures, events: string[]): void {
    const before = step.globalStep - 1;
    const begin = this.#gradients.get(before)?.begin;
    const end = this.#updates.get(before)?.end;
    this.#gradients.delete(before);
    this.#updates.delete(before);
    // Overwritten, or completed in the stead of a worker that was lost.
    if (begin === undefined || end === undefined) return;
    events.push(
      spanEvent(tracks.coordinator, 'step', begin - this.#origin, end - this.#origin, {
        step: step.globalStep,
        samples: step.samples,
        loss: step.loss,
        accuracy: step.accuracy,
        gradient_norm: step.gradientNorm,
      }),
      counterEvent('loss', end - this.#origin, step.loss),
    );
  }

  #endEpoch(scores: Readonly<Record<string, number>>): void {
    const now = this.#now;
    const { number, begin } = this.#epoch ?? { number: 0, begin: now };
    const events = [spanEvent(tracks.coordinator, `epoch ${number}`, begin, now)];
    if (this.#validationBegin !== undefined) {
      events.push(spanEvent(tracks.coordinator, 'validation', this.#validationBegin, now, scores));
    }
    this.#write(events);
    this.#epoch = undefined;
    this.#validationBegin = undefined;
  }

  #end({ state }: RunEnd): void {
    this.stop();
    this.drain();
    if (this.#epoch !== undefined) this.#endEpoch({});
    this.#write([instantEvent(tracks.coordinator, `run ${state}`, this.#now)]);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
