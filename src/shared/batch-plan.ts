/**
 * How one pass over `sampleCount` samples is cut: into batches of `batchSize`, one optimizer step each, and those into
 * micro-shards of `microBatch`. The cut is part of a run's identity and knows nothing of workers: that is why their number
 * cannot change a result. The last batch, and the last micro-shard of each batch, may be short.
 */
export interface BatchPlan {
  sampleCount: number;
  batchSize: number;
  microBatch: number;
  /**
   * Micro-shards whose gradients one worker adds up in one slot: a power of two, so that they are a branch of the tree over all
   * micro-shards, and leave the same bits. 1 by default.
   */
  shardsPerTask?: number;
}

/** A contiguous stretch of the epoch's order. */
export interface Shard {
  /** Position of the first sample in the epoch's order. */
  first: number;
  count: number;
}

export function stepsPerEpoch(plan: BatchPlan): number {
  return Math.ceil(plan.sampleCount / plan.batchSize);
}

/** Samples of batch `step` (0-based): `batchSize`, or fewer in the last one. */
export function samplesInStep(plan: BatchPlan, step: number): number {
  return Math.min(plan.batchSize, plan.sampleCount - step * plan.batchSize);
}

export function shardsInStep(plan: BatchPlan, step: number): number {
  return Math.ceil(samplesInStep(plan, step) / plan.microBatch);
}

/** Gradient slots of batch `step`: the tasks of its gradient phase. */
export function tasksInStep(plan: BatchPlan, step: number): number {
  return Math.ceil(shardsInStep(plan, step) / (plan.shardsPerTask ?? 1));
}

/** Micro-shards [first, end) of a task of batch `step`. */
export function shardsOfTask(plan: BatchPlan, step: number, task: number): { first: number; end: number } {
  const { shardsPerTask = 1 } = plan;
  const first = task * shardsPerTask;
  return { first, end: Math.min(first + shardsPerTask, shardsInStep(plan, step)) };
}

/** Micro-shard `index` (0-based) of batch `step`. */
export function shardOfStep(plan: BatchPlan, step: number, index: number): Shard {
  const offset = index * plan.microBatch;
  return {
    first: step * plan.batchSize + offset,
    count: Math.min(plan.microBatch, samplesInStep(plan, step) - offset),
  };
}
