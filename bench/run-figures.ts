import type { RunResult } from '../src/coordinator/run/run-result.ts';

/** What one run of a contestant is judged by. */
export interface RunFigures {
  /** Of the training loop alone. */
  samplesPerSecond: number;
  /** From the command to the first step. */
  startupSeconds: number;
  /** Largest resident set of one process. */
  peakMemoryBytes: number;
  /** Share of the workers' time in training steps that is not gradient kernels, 0 to 1; undefined for peers. */
  nonGradientShare: number | undefined;
  /** CPU time of all threads but the workers, by that of all: 0 to 1; undefined for peers, ranks, and where the system does not tell. */
  otherThreadsShare?: number | undefined;
  /** Of a run that was to be evaluated. */
  evaluation?: EvaluatedEpochs;
  /** All that the program itself reported. */
  report: Readonly<Record<string, unknown>>;
}

/** Of the workers' time in training steps, what is not gradient kernels: 0 to 1. */
export function nonGradientShare({ compute, evaluate, total }: RunResult['stepPhases']): number {
  const training = total - evaluate;
  return (training - compute) / training;
}

export interface EvaluatedEpochs {
  /** In their order. */
  epochs: readonly { secondsSinceFirstStep: number; validationAccuracy: number }[];
  /** Of the weights with the best validation accuracy, on the 10,000 test images. */
  testAccuracy: number;
}
