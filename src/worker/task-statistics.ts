import type { Shard } from '../shared/batch-plan.ts';
import { workerStatistics as statistic } from '../shared/memory-layout.ts';
import { isUpdate, type PhaseKind, phaseKinds } from '../shared/work-queue.ts';

/** The field of a worker's statistics that a task's time belongs to. */
export function secondsField(kind: PhaseKind): number {
  if (kind === phaseKinds.gradients) return statistic.computeSeconds;
  return isUpdate(kind) ? statistic.updateSeconds : statistic.evaluationSeconds;
}

export function addSeconds(statistics: Float64Array, field: number, milliseconds: number): void {
  statistics[field] = (statistics[field] as number) + milliseconds / 1000;
}

/** Counts a micro-shard of training. */
export function countMicroShard(statistics: Float64Array, shard: Shard): void {
  statistics[statistic.microShards] = (statistics[statistic.microShards] as number) + 1;
  statistics[statistic.samples] = (statistics[statistic.samples] as number) + shard.count;
}
