import type { Shard } from '../shared/batch-plan.ts';

/**
 * What a worker needs of a device: micro-shards out of the shared memory, results into it. A result depends on the
 * parameters and the shard's samples alone, never on what the engine computed before.
 */
export interface ShardEngine {
  readonly device: string;

  /**
   * Forward and backward over a shard of the epoch's order with the parameters after `globalStep` steps: overwrites
   * gradient slot `slot` and shard result `result`.
   */
  lossAndGradients(globalStep: number, shard: Shard, slot: number, result: number): void;

  /** Forward over a shard of the evaluation's order: overwrites the shard's predictions and shard result `task`. */
  evaluate(globalStep: number, shard: Shard, task: number): void;

  /** Forgets what it derived from the parameters: for a caller that replaced them without a step. */
  invalidateParameters(): void;
}
