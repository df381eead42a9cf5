import { type BatchPlan, shardsInStep, stepsPerEpoch, tasksInStep } from '../shared/batch-plan.ts';
import { RunError } from '../shared/errors.ts';
import { layoutMemory, type MemoryLayout } from '../shared/memory-layout.ts';
import { parameterLayout } from '../shared/parameters.ts';
import type { RankShare } from '../shared/rank-share.ts';
import type { DataParallelNeeds } from './data-parallel.ts';

type LayoutNeeds = Pick<
  DataParallelNeeds,
  'workers' | 'options' | 'plan' | 'averages' | 'images' | 'evaluationSamples' | 'traceCapacity'
>;

/** Lays out the memory of a session. @throws RunError when it would be larger than can be addressed */
export function layoutSession(
  needs: LayoutNeeds,
  evaluationPlan: BatchPlan,
  share: RankShare,
  scratchBytes: number,
): MemoryLayout {
  const { plan } = needs;
  try {
    return layoutMemory({
      workers: needs.workers,
      parameters: parameterLayout(needs.options.model).length,
      averages: needs.averages ?? false,
      images: needs.images,
      trainingSamples: plan.sampleCount,
      evaluationSamples: needs.evaluationSamples,
      stepsPerEpoch: stepsPerEpoch(plan),
      slots: plan.sampleCount === 0 ? 0 : tasksInStep(plan, 0),
      shards: plan.sampleCount === 0 ? 0 : shardsInStep(plan, 0),
      spareSlotsPerWorker: 31 - Math.clz32(plan.shardsPerTask ?? 1),
      evaluationShards: needs.evaluationSamples === 0 ? 0 : shardsInStep(evaluationPlan, 0),
      scratchBytesPerWorker: scratchBytes,
      traceCapacity: needs.traceCapacity ?? 0,
      ranks: share.rank.size,
      ...share.mostOfAStep(),
    });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RunError(
      `batchSize ${plan.batchSize} in micro-batches of ${plan.microBatch} for ${needs.workers} workers needs too much: ${cause.message}.`,
      'Choose a larger --micro-batch, a smaller --batch-size, or fewer workers.',
      cause,
    );
  }
}
