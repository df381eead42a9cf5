import type { Koffi } from './koffi.ts';

/** An exchange on one machine takes some 20 µs: until then, ask at once. */
const eagerMilliseconds = 0.03;
/** A step of a small batch takes some milliseconds; who waits longer does not notice that he slept. */
const patientMilliseconds = 3;
const sleepMicroseconds = 100;

/** What to do between two looks at something that is not ready yet, for the sake of those who make it ready on the same cores. */
export class Pause {
  readonly #yieldCore: () => number;
  readonly #sleep: (microseconds: number) => number;
  #start = 0;

  constructor(koffi: Koffi) {
    const program = koffi.load(null);
    this.#yieldCore = program.func('int sched_yield()');
    this.#sleep = program.func('int usleep(unsigned int microseconds)');
  }

  begin(): void {
    this.#start = performance.now();
  }

  /** Nothing first, then lets other threads have the core, then sleeps. @returns seconds since `begin` */
  next(): number {
    const waited = performance.now() - this.#start;
    if (waited >= patientMilliseconds) this.#sleep(sleepMicroseconds);
    else if (waited >= eagerMilliseconds) this.#yieldCore();
    return waited / 1000;
  }
}
