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
  try {
    for (;;) {
      for (const thread of await readdir(folder)) {
        const [nanoseconds = ''] = (await readFile(join(folder, thread, 'schedstat'), 'utf8')).split(' ');
        seconds.set(thread, Number(nanoseconds) / 1e9);
      }
      await sleep(sampleMilliseconds, undefined, { signal });
    }
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    if (name !== 'AbortError' && code !== 'ENOENT' && code !== 'ESRCH') throw error;
  }
}
