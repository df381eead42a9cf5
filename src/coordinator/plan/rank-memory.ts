import type { BatchPlan } from '../../shared/batch-plan.ts';
import type { Config } from '../../shared/config.ts';
import { engineOptions } from '../../shared/engine-options.ts';
import { RunError } from '../../shared/errors.ts';
import { RankShare } from '../../shared/rank-share.ts';
import { trainingSamples, validationSamples } from '../dataset/reference-split.ts';
import { layoutSession } from '../session-layout.ts';

/**
 * Bytes of the shared memory of each rank; undefined where that is more than WebAssembly can address.
 * @param scratchBytes of a worker, for micro-batches of the plan's size
 */
export function rankMemoryBytes(
  config: Config,
  plan: BatchPlan,
  hosts: number,
  scratchBytes: number,
): number | undefined {
  const evaluationSamples = Math.min(validationSamples, config.limitVal ?? validationSamples);
  const evaluationPlan = {
    sampleCount: evaluationSamples,
    batchSize: evaluationSamples,
    microBatch: plan.microBatch,
  };
  const needs = {
    workers: config.workers,
    options: engineOptions(config),
    averages: config.emaDecay !== undefined,
    plan,
    evaluationSamples,
    images: trainingSamples + validationSamples,
  };
  try {
    const share = new RankShare(plan, evaluationPlan, { rank: 0, size: hosts });
    return layoutSession(needs, evaluationPlan, share, scratchBytes).totalBytes;
  } catch (error) {
    if (error instanceof RunError) return undefined;
    throw error;
  }
}
