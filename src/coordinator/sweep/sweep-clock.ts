import type { RunEnd } from './run-sweep.ts';
import type { PlannedRun } from './sweep-plan.ts';

/** Estimates how long a sweep goes on, by the epochs that are left. */
export class SweepClock {
  readonly #left: Set<PlannedRun>;
  readonly #parallel: number;
  readonly #now: () => number;
  readonly #began = new Map<PlannedRun, number>();
  #epochs = 0;
  #seconds = 0;

  /**
   * @param runs that are not complete
   * @param parallel runs at a time
   * @param now seconds
   */
  constructor(runs: readonly PlannedRun[], parallel: number, now = () => performance.now() / 1000) {
    this.#left = new Set(runs);
    this.#parallel = parallel;
    this.#now = now;
  }

  started(run: PlannedRun): void {
    this.#began.set(run, this.#now());
  }

  ended({ run, seconds, result }: RunEnd): void {
    this.#left.delete(run);
    this.#began.delete(run);
    // How fast a run was that failed says nothing of the others.
    if (result === undefined) return;
    this.#epochs += run.config.epochs;
    this.#seconds += seconds;
  }

  /** Undefined before a run is complete, and when nothing is left. */
  get secondsLeft(): number | undefined {
    if (this.#epochs === 0 || this.#left.size === 0) return undefined;
    const perEpoch = this.#seconds / this.#epochs;
    const now = this.#now();
    const left = [...this.#left].map((run) => {
      const spent = now - (this.#began.get(run) ?? now);
      return Math.max(0, run.config.epochs * perEpoch - spent);
    });
    // However many go side by side, none is done before its own time is over.
    return Math.max(...left, left.reduce((sum, seconds) => sum + seconds, 0) / this.#parallel);
  }
}
