import { keepsBits } from '../../../shared/device.ts';
import { layers } from '../../../shared/model.ts';
import { directOperations } from '../../../shared/model-costs.ts';
import { readKernels } from '../../kernels.ts';
import type { Combination } from '../combinations.ts';
import type { SampleOperations } from '../scaling.ts';
import { countStepOperations, type StepOperations, totalOperations } from './step-operations.ts';

/** What the kernels execute in a step of a combination. */
export interface CountedStep extends StepOperations {
  workers: number;
  batchSize: number;
}

/** What a sample of training costs in each combination: by definition of the network, and as counted in the kernels. */
export class OperationsOfSamples {
  readonly steps: readonly CountedStep[];
  readonly direct = directOperations(layers);

  private constructor(steps: readonly CountedStep[]) {
    this.steps = steps;
  }

  /** Runs the kernels with counters in them, on each combination's batch that they compute. */
  static async count(combinations: readonly Combination[], microBatch: number): Promise<OperationsOfSamples> {
    const kernels = await readKernels();
    const computed = combinations.filter(({ devices }) => devices.every(keepsBits));
    const distinct = new Map(computed.map((each) => [`${each.workers} ${each.batchSize}`, each]));
    const steps = await Promise.all(
      [...distinct.values()].map(async ({ workers, batchSize }) => ({
        workers,
        batchSize,
        ...(await countStepOperations(kernels, { batchSize, microBatch }, workers)),
      })),
    );
    return new OperationsOfSamples(steps);
  }

  of({ devices, workers, batchSize }: Combination): SampleOperations {
    const { direct } = this;
    if (!devices.every(keepsBits)) return { direct, executed: undefined };
    const step = this.steps.find((each) => each.workers === workers && each.batchSize === batchSize);
    return { direct, executed: step && totalOperations(step) / batchSize };
  }
}
