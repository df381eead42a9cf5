/**
 * What ends everything that waits for other ranks. `Promise.race` with one promise that lasts as long as the process would keep
 * each of its contestants for as long.
 */
export class Failure {
  readonly #waiting = new Set<(error: unknown) => void>();
  #failed: { error: unknown } | undefined;

  /** The first one counts. */
  fail(error: unknown): void {
    if (this.#failed !== undefined) return;
    this.#failed = { error };
    for (const reject of this.#waiting) reject(error);
  }

  /** The work's outcome, unless the failure comes first; then what becomes of the work is of no interest. */
  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) reject(this.#failed.error);
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }
}
