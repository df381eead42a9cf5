/** A timer as a promise; to be cleared, or it holds up the end of the process. */
class Deadline {
  readonly expired: Promise<void>;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.expired = new Promise((resolve) => {
      this.#timer = setTimeout(resolve, milliseconds);
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** The promise's value if it comes in time, else undefined. @throws what the promise rejects with, in time */
export async function within<T>(
  milliseconds: number,
  promise: Promise<T>,
): Promise<{ value: T } | undefined> {
  const deadline = new Deadline(milliseconds);
  try {
    return await Promise.race([promise.then((value) => ({ value })), deadline.expired.then(() => undefined)]);
  } finally {
    deadline.clear();
  }
}
