import type { BenchRun, Peak } from '../../../src/coordinator/bench/scaling.ts';

/** A run with figures that are easily recognized. */
export function benchRun(samplesPerSecond: number, peak?: Peak): BenchRun {
  return {
    samplesPerSecond,
    peak,
    startupSeconds: 1,
    peakMemoryBytes: 300e6,
    weightsSha256: '',
    meanStep: {
      steps: 10,
      seconds: 0.002,
      computeSeconds: 0.001,
      reduceSeconds: 0.0004,
      optimizerSeconds: 0.0003,
      gatherSeconds: 0.0002,
      waitSeconds: 0.0001,
    },
    devices: [
      {
        device: 'cuda:0',
        workers: 1,
        samplesShare: 1,
        computeShare: 0.75,
        updateShare: 0.125,
        waitShare: 0.125,
      },
    ],
  };
}
