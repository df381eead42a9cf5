import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const sampleMilliseconds = 500;

/**
 * Reads, twice a second, what CPU time the threads of a process have had. Linux alone tells it; elsewhere there are no threads.
 * @returns ends it when called, and gives the CPU seconds of each thread until half a second before, the busiest first
 */
export function watchThreads(pid: number): () => Promise<number[]> {
  const seconds = new Map<string, number>();
  const end = new AbortController();
  const watching = watch(join('/proc', String(pid), 'task'), seconds, end.signal);
  return async () => {
    end.abort();
    await watching;
    return [...seconds.values()].toSorted((a, b) => b - a);
  };
}

/** Until the process is gone, or nobody wants to know any more. */
async function watch(folder: string, seconds: Map<string, number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const threads = await readdir(folder).catch(() => undefined);
    if (threads === undefined) return;
    for (const thread of threads) {
      // A thread may end at any moment.
      const text = await readFile(join(folder, thread, 'schedstat'), 'utf8').catch(() => undefined);
      if (text !== undefined) seconds.set(thread, Number(text.split(' ')[0]) / 1e9);
    }
    await sleep(sampleMilliseconds, undefined, { signal }).catch(() => {});
  }
}
