import { trainingSamples, validationSamples } from '../src/coordinator/dataset/reference-split.ts';
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
  /** A validation sample's time by that which the gradient kernels take for a training sample; undefined for peers. */
  evaluationCost?: number;
  /** CPU time of all threads but the workers, by that of all: 0 to 1; undefined for peers, ranks, and where the system does not tell. */
  otherThreadsShare?: number | undefined;
  /** In their order; of a run that was to be evaluated. */
  evaluatedEpochs?: readonly EvaluatedEpoch[];
  /** All that the program itself reported. */
  report: Readonly<Record<string, unknown>>;
}

/** Of the workers' time in training steps, what is not gradient kernels: 0 to 1. */
export function nonGradientShare({ compute, evaluate, total }: RunResult['stepPhases']): number {
  const training = total - evaluate;
  return (training - compute) / training;
}

/** The workers' time for a validation sample, by that of the gradient kernels for a training sample. */
export function evaluationCost({ compute, evaluate }: RunResult['stepPhases']): number {
  return evaluate / validationSamples / (compute / trainingSamples);
}

/** Accuracies are those of the weights at its end, 0 to 1. */
export interface EvaluatedEpoch {
  /** Training and validation up to its end; tests do not count. */
  secondsSinceFirstStep: number;
  /** On the 12,000 validation images. */
  validationAccuracy: number;
  /** On the 10,000 test images. */
  testAccuracy: number;
}
