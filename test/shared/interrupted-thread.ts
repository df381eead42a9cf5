const operations = ['load', 'store', 'add', 'compareExchange', 'notify'] as const;
type Operation = (...words: unknown[]) => number;

const atomics = Atomics as unknown as Record<string, Operation>;
const original = { ...Object.fromEntries(['wait', ...operations].map((name) => [name, atomics[name]])) };
const originalNow = performance.now;

/**
 * Calls events at moments of what this thread does next: moment 2n is before its n-th operation on shared words, 2n + 1 right
 * after it. Between two such moments lie only plain writes. What an event does is not interrupted itself.
 * @param events by their moments
 * @returns counts the moments that passed
 */
export function interruptAt(events: ReadonlyMap<number, () => void>): { passed: () => number } {
  let moment = 0;
  let isInterrupted = false;
  const pass = () => {
    if (isInterrupted) return;
    if (moment > 100_000) throw new Error('the queue runs without end');
    const event = events.get(moment++);
    if (event === undefined) return;
    isInterrupted = true;
    event();
    isInterrupted = false;
  };
  for (const name of operations) {
    const operation = original[name] as Operation;
    atomics[name] = (...words) => {
      pass();
      const result = operation(...words);
      pass();
      return result;
    };
  }
  // Nothing runs at the same time that could wake this thread: a state that it waits in is one that a run would hang in.
  atomics['wait'] = () => {
    throw new Error('the queue is stuck');
  };
  // Time stands still: a task loop never lets the event loop turn, so all of it happens within one call.
  performance.now = () => 0;
  return { passed: () => moment };
}

/** Ends what `interruptAt` began. */
export function restoreThreads(): void {
  Object.assign(atomics, original);
  performance.now = originalNow;
}
