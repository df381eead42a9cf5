import { type BatchPlan, shardsInStep, shardsOfTask, tasksInStep } from '../shared/batch-plan.ts';
import { RunError } from '../shared/errors.ts';
import type { RunMemory } from '../shared/run-memory.ts';

/** What to tell of a step that was not taken because its loss or gradient is not finite: where the first such number came up. */
export function notFinite(memory: RunMemory, plan: BatchPlan, step: number): RunError {
  return new RunError(
    `${findNonFinite(memory, plan, step)} is not finite in step ${step + 1} of the epoch; the step was not taken.`,
    'A smaller --learning-rate usually helps.',
  );
}

function findNonFinite(memory: RunMemory, plan: BatchPlan, step: number): string {
  const shards = shardsInStep(plan, step);
  const ofAll = `of ${shards}`;
  for (let shard = 0; shard < shards; shard++) {
    if (!Number.isFinite(memory.shardLoss(shard))) return `the loss of micro-shard ${shard + 1} ${ofAll}`;
  }
  for (let task = 0; task < tasksInStep(plan, step); task++) {
    if (memory.gradientSum(task).every(Number.isFinite)) continue;
    const { first, end } = shardsOfTask(plan, step, task);
    const place = end - first === 1 ? `micro-shard ${end}` : `micro-shards ${first + 1} to ${end}`;
    return `the gradient of ${place} ${ofAll}`;
  }
  return 'the sum of the gradients over all micro-shards';
}
