import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import {
  type PeakProbeLoop,
  type PeakProbeTask,
  type PeakProbeWindow,
  peakProbeLoops,
} from '../../shared/peak-probe.ts';

/** The build's output; the paths are the same seen from src/coordinator/bench and from dist/coordinator/bench. */
const thread = new URL('../../../dist/worker/probe-peak.js', import.meta.url);
const probe = new URL('../../../dist/worker/peak-probe.wasm', import.meta.url);

const windowsOfLoop = 3;
/** Long against a time slice of the scheduler, for where there are more threads than cores. */
const windowSeconds = 0.05;

/**
 * Measures the peak of this machine: how many SIMD128 multiplications and additions of float32, one as often as the other, so many
 * threads execute together. Takes some 0.5 s.
 * @returns operations a second of all threads, in the best of a few windows of 50 ms: other programs can only take away from it
 */
export async function measurePeak(threads: number): Promise<number> {
  const module = await WebAssembly.compile(await readFile(probe));
  const arrivals = new Int32Array(new SharedArrayBuffer(4));
  const loops = Object.keys(peakProbeLoops) as PeakProbeLoop[];
  const windows = Array(windowsOfLoop).fill(loops).flat() as PeakProbeLoop[];
  const task: PeakProbeTask = { module, arrivals, threads, windows, windowSeconds };
  const workers = Array.from({ length: threads }, () => new Worker(thread, { workerData: task }));
  try {
    const byThread = await Promise.all(
      workers.map(async (worker) => (await once(worker, 'message'))[0] as PeakProbeWindow[]),
    );
    const rates = windows.map((_, window) =>
      rateOfWindow(byThread.map((ofThread) => ofThread[window] as PeakProbeWindow)),
    );
    return Math.max(...rates);
  } finally {
    // Where one failed, the others wait for it.
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Operations of all threads by the time from the first one's begin to the last one's end: never more than they did at once. */
export function rateOfWindow(threads: readonly PeakProbeWindow[]): number {
  const earliest = Math.min(...threads.map(({ began }) => began));
  const latest = Math.max(...threads.map(({ ended }) => ended));
  return threads.reduce((sum, { operations }) => sum + operations, 0) / (latest - earliest);
}
