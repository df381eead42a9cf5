/** Operations of one iteration of each loop of the probe, see worker/kernels/peak-probe.ts; all are of float32. */
export const peakProbeLoops = { twelveChains: 192, sixteenChains: 256 } as const;

export type PeakProbeLoop = keyof typeof peakProbeLoops;
export type PeakProbeExports = Record<
  PeakProbeLoop,
  (iterations: number, factor: number, term: number) => number
>;

/** What a thread of the probe is given. */
export interface PeakProbeTask {
  module: WebAssembly.Module;
  /** int32[1] in shared memory: how often a thread has come to the start of a window. */
  arrivals: Int32Array<SharedArrayBuffer>;
  threads: number;
  /** The loop of each window: all threads begin it together. */
  windows: readonly PeakProbeLoop[];
  windowSeconds: number;
}

/** What a thread did in a window. */
export interface PeakProbeWindow {
  /** Seconds on the clock that all threads of a process share. */
  began: number;
  ended: number;
  operations: number;
}
