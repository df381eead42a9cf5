import { stepRecord } from '../../shared/memory-layout.ts';

/** Seconds of a step, in the mean over steps and workers; the five phases add up to the whole. */
export interface MeanStep {
  /** Steps that the means are of. */
  steps: number;
  seconds: number;
  /** Forward and backward kernels. */
  computeSeconds: number;
  /** Sum over the gradient slots. */
  reduceSeconds: number;
  optimizerSeconds: number;
  /** Exchange with other processes; 0 where there are none. */
  gatherSeconds: number;
  /** For other workers, and bookkeeping. */
  waitSeconds: number;
}

/**
 * The mean over an epoch's steps, without those of which there is no record: of an epoch that was resumed, those before.
 * @param records float64[stepsPerEpoch][stepRecord.fields]
 */
export function meanStep(records: Float64Array): MeanStep {
  const count = records.length / stepRecord.fields;
  const taken = Array.from({ length: count }, (_, step) =>
    records.subarray(step * stepRecord.fields, (step + 1) * stepRecord.fields),
  ).filter((record) => (record[stepRecord.seconds] as number) > 0);
  const mean = (field: number) =>
    taken.reduce((sum, record) => sum + (record[field] as number), 0) / Math.max(1, taken.length);
  return {
    steps: taken.length,
    seconds: mean(stepRecord.seconds),
    computeSeconds: mean(stepRecord.computeSeconds),
    reduceSeconds: mean(stepRecord.reduceSeconds),
    optimizerSeconds: mean(stepRecord.optimizerSeconds),
    gatherSeconds: mean(stepRecord.gatherSeconds),
    waitSeconds: mean(stepRecord.waitSeconds),
  };
}
