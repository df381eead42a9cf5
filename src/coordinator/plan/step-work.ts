import { type BatchPlan, samplesInStep, tasksInStep } from '../../shared/batch-plan.ts';
import { slotStrideBytes } from '../../shared/memory-layout.ts';
import type { ModelOptions } from '../../shared/model-options.ts';
import { parameterLayout } from '../../shared/parameters.ts';
import type { StepWork } from './step-cost.ts';

/** What a full step of a training has to do. */
export function stepWork(model: ModelOptions, plan: BatchPlan): StepWork {
  const parameters = parameterLayout(model).length;
  return {
    samples: samplesInStep(plan, 0),
    tasks: tasksInStep(plan, 0),
    shardsPerTask: plan.shardsPerTask ?? 1,
    parameters,
    sumBytes: slotStrideBytes(parameters),
  };
}
