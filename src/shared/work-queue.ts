import type { MemoryLayout } from './memory-layout.ts';
import { wallClockSeconds } from './wall-clock.ts';

/** What the tasks of the current phase are. */
export const phaseKinds = {
  /** Nothing to do: the coordinator owns the memory. */
  idle: 0,
  /** One task a micro-shard of the step: forward, backward, into the shard's gradient slot. */
  gradients: 1,
  /** One task a part of the parameters: tree reduction, unless that is a phase of its own, then Adam. */
  update: 2,
  /** One task a micro-shard of the evaluation: forward. */
  evaluate: 3,
  /** One task a part of the parameters: tree reduction, where the update must know the norm of the whole gradient. */
  reduce: 4,
  /** One task a part of the parameters: adds up each block of this rank's gradient slots, for the other ranks. */
  combine: 5,
  /** The exchange of a step's sums with the other ranks: nothing that a worker could claim. */
  exchangeGradients: 6,
  /** The exchange of an evaluation's results. */
  exchangeScores: 7,
} as const;
export type PhaseKind = (typeof phaseKinds)[keyof typeof phaseKinds];
type ExchangeKind = typeof phaseKinds.exchangeGradients | typeof phaseKinds.exchangeScores;

/** Phases whose tasks are parts of the parameters. */
export type UpdateKind = typeof phaseKinds.update | typeof phaseKinds.reduce | typeof phaseKinds.combine;

export function isUpdate(kind: PhaseKind): kind is UpdateKind {
  return kind === phaseKinds.update || kind === phaseKinds.reduce || kind === phaseKinds.combine;
}

/** Whether the phase's one task belongs to the thread that exchanges. */
export function isExchange(kind: PhaseKind): kind is ExchangeKind {
  return kind === phaseKinds.exchangeGradients || kind === phaseKinds.exchangeScores;
}

/** Words of the control region; those that workers write concurrently have a cache line of their own. */
const word = {
  phase: 0,
  work: 1,
  listLength: 2,
  paused: 3,
  exclusive: 4,
  exchanges: 5,
  remaining: 16,
  done: 32,
} as const;
/** Byte offset in the control region of the float64 time at which the phase was opened. */
const openedAtOffset = 192;
/** Kind and number of tasks share a word, so that no thread that dies in `open` can leave one without the other. */
const kindFactor = 2 ** 24;

/** How often a waiting worker looks before it sleeps: about the time of a micro-shard's end to a step's begin. */
const spinRounds = 20_000;

/**
 * The tasks of one phase, claimed one by one by any number of threads, over int32 words of shared memory.
 *
 * The only claim on a task is a successful decrement of `remaining`, and a phase cannot end before each claimed task was
 * finished; so whatever describes the phase may be read after the claim. All tasks can be repeated: they read what no task of
 * the same phase writes. That is why a lost worker costs no more than its unfinished tasks (`requeueUnfinished`).
 */
export class WorkQueue {
  readonly #words: Int32Array;
  readonly #tasksDone: Int32Array;
  readonly #taskList: Int32Array;
  readonly #openedAt: Float64Array;

  constructor(buffer: SharedArrayBuffer, layout: MemoryLayout) {
    this.#words = new Int32Array(buffer, layout.control, 48);
    this.#tasksDone = new Int32Array(buffer, layout.tasksDone, layout.taskCapacity);
    this.#taskList = new Int32Array(buffer, layout.taskList, layout.taskCapacity);
    this.#openedAt = new Float64Array(buffer, layout.control + openedAtOffset, 1);
  }

  /** Number of the phase: grows by one (modulo 2^32) with each `open`. */
  get phase(): number {
    return Atomics.load(this.#words, word.phase);
  }

  get kind(): PhaseKind {
    return Math.floor(Atomics.load(this.#words, word.work) / kindFactor) as PhaseKind;
  }

  /** Whether workers are asked to leave the queue before their next task. */
  get paused(): boolean {
    return Atomics.load(this.#words, word.paused) === 1;
  }

  /** Tasks of the current phase that nobody has claimed. */
  get unclaimed(): number {
    return Math.max(0, Atomics.load(this.#words, word.remaining));
  }

  /** When the current phase was opened, by `wallClockSeconds`. */
  get openedAt(): number {
    return this.#openedAt[0] as number;
  }

  /** Seconds since the current phase was opened. */
  get phaseSeconds(): number {
    return wallClockSeconds() - this.openedAt;
  }

  /** Opens the next phase. Only the thread that completed the last one may, or the coordinator while no worker is in. */
  open(kind: PhaseKind, taskCount: number): void {
    this.#open(kind, taskCount, taskCount);
  }

  /** Opens a phase whose one task, number 0, belongs to the thread that exchanges: it finishes it, but nobody claims it. */
  openExchange(kind: ExchangeKind): void {
    this.#open(kind, 1, 0);
    Atomics.add(this.#words, word.exchanges, 1);
    Atomics.notify(this.#words, word.exchanges);
  }

  /** Blocks until the phase is an exchange, at most `timeoutMilliseconds`: for the thread that exchanges, which no other phase wakes. */
  waitForExchange(timeoutMilliseconds: number): void {
    const seen = Atomics.load(this.#words, word.exchanges);
    if (isExchange(this.kind)) return;
    Atomics.wait(this.#words, word.exchanges, seen, timeoutMilliseconds);
  }

  #open(kind: PhaseKind, taskCount: number, onOffer: number): void {
    const words = this.#words;
    this.#tasksDone.fill(0, 0, taskCount);
    for (let task = 0; task < taskCount; task++) this.#taskList[task] = task;
    this.#openedAt[0] = wallClockSeconds();
    Atomics.store(words, word.listLength, taskCount);
    Atomics.store(words, word.done, 0);
    Atomics.store(words, word.work, kind * kindFactor + taskCount);
    // Workers claim by what remains, who exchanges by the kind: behind that nothing of an exchange may be stored.
    if (onOffer > 0) Atomics.store(words, word.remaining, onOffer);
    this.#wakeAll();
  }

  /** Claims a task of the current phase: its number, or -1 when all are claimed. */
  claim(): number {
    const words = this.#words;
    for (;;) {
      const remaining = Atomics.load(words, word.remaining);
      if (remaining <= 0) return -1;
      if (Atomics.compareExchange(words, word.remaining, remaining, remaining - 1) === remaining) {
        return this.#taskList[Atomics.load(words, word.listLength) - remaining] as number;
      }
    }
  }

  /** Publishes a claimed task's result. True for the last one of the phase: the caller has to open the next phase. */
  finish(task: number): boolean {
    // Before the task counts as done: after it, another thread may end the phase and open one of another size.
    const taskCount = this.#taskCount;
    Atomics.store(this.#tasksDone, task, 1);
    return Atomics.add(this.#words, word.done, 1) + 1 === taskCount;
  }

  /**
   * Blocks until the phase is no longer `phase`, at most `timeoutMilliseconds`. Not for the main thread.
   * @param spin look for a while before sleeping: for threads that have a core of their own
   */
  waitWhile(phase: number, spin: boolean, timeoutMilliseconds: number): void {
    if (spin && this.#changesSoon(phase)) return;
    Atomics.wait(this.#words, word.phase, phase, timeoutMilliseconds);
  }

  /** A function of its own: compiled in the middle of the loop, it would know nothing of what follows, and be thrown away there. */
  #changesSoon(phase: number): boolean {
    const words = this.#words;
    for (let round = 0; round < spinRounds; round++) {
      if (Atomics.load(words, word.phase) !== phase) return true;
    }
    return false;
  }

  /** Asks all workers to leave the queue before their next task. */
  pause(): void {
    Atomics.store(this.#words, word.paused, 1);
    this.#wakeAll();
  }

  /**
   * Offers the phase's unfinished tasks anew, and ends the pause. For the coordinator, when no worker is in the queue any
   * more: a claim of a worker that is gone counts for nothing.
   * @returns how many tasks that are
   */
  requeueUnfinished(): number {
    const words = this.#words;
    const taskCount = this.#taskCount;
    if (isExchange(this.kind)) {
      Atomics.store(words, word.paused, 0);
      return 1;
    }
    let unfinished = 0;
    for (let task = 0; task < taskCount; task++) {
      if (Atomics.load(this.#tasksDone, task) === 0) this.#taskList[unfinished++] = task;
    }
    Atomics.store(words, word.listLength, unfinished);
    Atomics.store(words, word.done, taskCount - unfinished);
    Atomics.store(words, word.remaining, unfinished);
    Atomics.store(words, word.paused, 0);
    return unfinished;
  }

  /**
   * Runs what must not happen in two threads at once: the coordinator's recovery, and the end of an exchange, whose thread
   * stays while the workers leave a paused queue. Takes microseconds, so who has to wait does not sleep.
   */
  exclusively(run: () => void): void {
    const words = this.#words;
    while (Atomics.compareExchange(words, word.exclusive, 0, 1) !== 0);
    try {
      run();
    } finally {
      Atomics.store(words, word.exclusive, 0);
    }
  }

  get #taskCount(): number {
    return Atomics.load(this.#words, word.work) % kindFactor;
  }

  #wakeAll(): void {
    Atomics.add(this.#words, word.phase, 1);
    Atomics.notify(this.#words, word.phase);
  }
}
