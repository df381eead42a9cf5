import type { MemoryLayout } from './memory-layout.ts';

/** What the tasks of the current phase are. */
export const phaseKinds = {
  /** Nothing to do: the coordinator owns the memory. */
  idle: 0,
  /** One task a micro-shard of the step: forward, backward, into the shard's gradient slot. */
  gradients: 1,
  /** One task a range of the parameters: tree reduction, then Adam. */
  update: 2,
  /** One task a micro-shard of the evaluation: forward. */
  evaluate: 3,
} as const;
export type PhaseKind = (typeof phaseKinds)[keyof typeof phaseKinds];

/** Words of the control region, each on a cache line of its own where workers write it concurrently. */
const word = {
  phase: 0,
  kind: 1,
  taskCount: 2,
  remaining: 16,
  done: 32,
  globalStep: 48,
  epochStep: 49,
  stopStep: 50,
} as const;
/** Byte offset in the control region of the float64 time at which the phase was opened. */
const openedAtOffset = 512;

/** How often a waiting worker looks before it sleeps: about the time of a micro-shard's end to a step's begin. */
const spinRounds = 20_000;

/**
 * The tasks of one phase, claimed one by one by any number of threads, over int32 words of shared memory.
 *
 * The only claim on a task is a successful decrement of `remaining`, and a phase cannot end before each claimed task was
 * finished; so whatever describes the phase may be read after the claim. All tasks can be repeated: they read what no task of
 * the same phase writes.
 */
export class WorkQueue {
  readonly #words: Int32Array;
  readonly #tasksDone: Int32Array;
  readonly #openedAt: Float64Array;

  constructor(buffer: SharedArrayBuffer, layout: MemoryLayout) {
    this.#words = new Int32Array(buffer, layout.control, 64);
    this.#tasksDone = new Int32Array(buffer, layout.tasksDone, layout.taskCapacity);
    this.#openedAt = new Float64Array(buffer, layout.control + openedAtOffset, 1);
  }

  /** Number of the phase: grows by one (modulo 2^32) with each `open`. */
  get phase(): number {
    return Atomics.load(this.#words, word.phase);
  }

  get kind(): PhaseKind {
    return Atomics.load(this.#words, word.kind) as PhaseKind;
  }

  get taskCount(): number {
    return Atomics.load(this.#words, word.taskCount);
  }

  /** Optimizer steps taken since the run's first: its lowest bit names the buffers that hold the current parameters. */
  get globalStep(): number {
    return Atomics.load(this.#words, word.globalStep);
  }

  set globalStep(step: number) {
    Atomics.store(this.#words, word.globalStep, step);
  }

  /** Step of the current epoch that is next, or in progress. */
  get epochStep(): number {
    return Atomics.load(this.#words, word.epochStep);
  }

  set epochStep(step: number) {
    Atomics.store(this.#words, word.epochStep, step);
  }

  /** Step of the epoch before which the workers stop. */
  get stopStep(): number {
    return Atomics.load(this.#words, word.stopStep);
  }

  set stopStep(step: number) {
    Atomics.store(this.#words, word.stopStep, step);
  }

  /** Seconds since the current phase was opened; threads share the clock, to about a microsecond. */
  get phaseSeconds(): number {
    return wallClockSeconds() - (this.#openedAt[0] as number);
  }

  /** Opens the next phase. Only the thread that completed the last one may, or the coordinator while idle. */
  open(kind: PhaseKind, taskCount: number): void {
    const words = this.#words;
    this.#tasksDone.fill(0, 0, taskCount);
    this.#openedAt[0] = wallClockSeconds();
    Atomics.store(words, word.kind, kind);
    Atomics.store(words, word.taskCount, taskCount);
    Atomics.store(words, word.done, 0);
    Atomics.store(words, word.remaining, taskCount);
    Atomics.add(words, word.phase, 1);
    Atomics.notify(words, word.phase);
  }

  /** Claims a task of the current phase: its number, or -1 when all are claimed. */
  claim(): number {
    const words = this.#words;
    for (;;) {
      const remaining = Atomics.load(words, word.remaining);
      if (remaining <= 0) return -1;
      if (Atomics.compareExchange(words, word.remaining, remaining, remaining - 1) === remaining) {
        return Atomics.load(words, word.taskCount) - remaining;
      }
    }
  }

  /** Publishes a claimed task's result. True for the last one of the phase: the caller has to open the next phase. */
  finish(task: number): boolean {
    const words = this.#words;
    Atomics.store(this.#tasksDone, task, 1);
    return Atomics.add(words, word.done, 1) + 1 === Atomics.load(words, word.taskCount);
  }

  /**
   * Blocks until the phase is no longer `phase`, at most `timeoutMilliseconds`. Not for the main thread.
   * @param spin look for a while before sleeping: for threads that have a core of their own
   */
  waitWhile(phase: number, spin: boolean, timeoutMilliseconds: number): void {
    const words = this.#words;
    if (spin) {
      for (let round = 0; round < spinRounds; round++) {
        if (Atomics.load(words, word.phase) !== phase) return;
      }
    }
    Atomics.wait(words, word.phase, phase, timeoutMilliseconds);
  }
}

/** `performance.now()` counts from another origin in each thread. */
function wallClockSeconds(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}
