/** Entry of a thread that measures, together with others or alone, how fast its core multiplies and adds. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type PeakProbeExports,
  type PeakProbeLoop,
  type PeakProbeTask,
  type PeakProbeWindow,
  peakProbeLoops,
} from '../shared/peak-probe.ts';

/** Some 10 to 30 µs: short against a window, long against the call and the clock. */
const iterationsPerCall = 5000;
/** The chains settle near 2: no operation may meet infinity or a denormal number, which some processors take longer for. */
const factor = 0.5;
const term = 1;
const warmUpSeconds = 0.05;

const task = workerData as PeakProbeTask;
const loops = (await WebAssembly.instantiate(task.module)).exports as unknown as PeakProbeExports;
// Until the optimizing compiler is done with both.
for (const loop of Object.keys(peakProbeLoops) as PeakProbeLoop[]) runFor(warmUpSeconds, loop);
parentPort?.postMessage(
  task.windows.map((loop, window) => {
    awaitOthers(window);
    return runFor(task.windowSeconds, loop);
  }),
);

function runFor(seconds: number, loop: PeakProbeLoop): PeakProbeWindow {
  const began = secondsNow();
  let calls = 0;
  let ended: number;
  do {
    loops[loop](iterationsPerCall, factor, term);
    calls++;
    ended = secondsNow();
  } while (ended < began + seconds);
  return { began, ended, operations: calls * iterationsPerCall * peakProbeLoops[loop] };
}

/** Unlike `performance.now()`, on a clock that does not begin anew in each thread. */
function secondsNow(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

/** Returns when all threads have come to the window's start. */
function awaitOthers(window: number): void {
  const { arrivals, threads } = task;
  const all = threads * (window + 1);
  if (Atomics.add(arrivals, 0, 1) + 1 === all) Atomics.notify(arrivals, 0);
  for (;;) {
    const arrived = Atomics.load(arrivals, 0);
    if (arrived >= all) return;
    Atomics.wait(arrivals, 0, arrived);
  }
}
