import type { MemoryLayout } from './memory-layout.ts';

const word = {
  globalStep: 0,
  epochStart: 1,
  stopStep: 2,
  updateStep: 3,
  failed: 4,
  stopRequested: 5,
  stopAgreed: 6,
} as const;

/**
 * Where the training stands, in int32 words of shared memory. A single store, to `globalStep`, takes a step: its lowest bit
 * names the buffers that hold the current parameters.
 */
export class StepCursor {
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer, layout: MemoryLayout) {
    this.#words = new Int32Array(buffer, layout.cursor, 16);
  }

  /** Optimizer steps taken since the run's first. */
  get globalStep(): number {
    return Atomics.load(this.#words, word.globalStep);
  }

  /** Steps of the current epoch that were taken; also the number, from 0, of the one that is next or in progress. */
  get epochStep(): number {
    return this.globalStep - Atomics.load(this.#words, word.epochStart);
  }

  /** Step of the epoch before which the workers stop. May be lowered at any time: they stop after the step they are in. */
  get stopStep(): number {
    return Atomics.load(this.#words, word.stopStep);
  }

  set stopStep(step: number) {
    Atomics.store(this.#words, word.stopStep, step);
  }

  /** Whether the last step was not taken because its loss or gradient was not finite. */
  get failed(): boolean {
    return Atomics.load(this.#words, word.failed) === 1;
  }

  /** Places the cursor, for the coordinator: after `globalStep` steps, the last `epochStep` of them in this epoch. */
  place(globalStep: number, epochStep: number): void {
    Atomics.store(this.#words, word.epochStart, globalStep - epochStep);
    Atomics.store(this.#words, word.failed, 0);
    Atomics.store(this.#words, word.globalStep, globalStep);
  }

  /** To be called before the step's update phase is opened. */
  beginUpdate(): void {
    Atomics.store(this.#words, word.updateStep, this.globalStep);
  }

  /** Whether the update phase's step was taken: by a thread that died before it opened the next phase. */
  get updateCommitted(): boolean {
    return this.globalStep !== Atomics.load(this.#words, word.updateStep);
  }

  /** Takes the step. */
  commit(): void {
    Atomics.add(this.#words, word.globalStep, 1);
  }

  fail(): void {
    Atomics.store(this.#words, word.failed, 1);
  }

  /** Whether this process was asked to end the training. */
  get stopRequested(): boolean {
    return Atomics.load(this.#words, word.stopRequested) === 1;
  }

  requestStop(): void {
    Atomics.store(this.#words, word.stopRequested, 1);
  }

  /** Whether the training ends after the step that it is in: of several ranks all end after the same one. */
  get stopAgreed(): boolean {
    return Atomics.load(this.#words, word.stopAgreed) === 1;
  }

  agreeToStop(): void {
    Atomics.store(this.#words, word.stopAgreed, 1);
    this.stopStep = 0;
  }
}
