import type { BatchPlan } from '../../shared/batch-plan.ts';
import type { Config } from '../../shared/config.ts';
import { trainingSamples } from '../dataset/reference-split.ts';
import { planBatches } from '../training-setup.ts';
import type { Network } from './allgather-cost.ts';
import { rankMemoryBytes } from './rank-memory.ts';
import { hostSeries } from './scaling-limits.ts';
import { type KernelSpeed, predictStep, type StepCost } from './step-cost.ts';
import { stepWork } from './step-work.ts';

/** What a plan follows from. */
export interface PlanParts {
  config: Config;
  speed: KernelSpeed;
  network: Network;
  /** Of a worker, for micro-batches of the size that the configuration has. */
  scratchBytes: number;
}

/** A row of the plan. */
export interface PlannedHosts extends StepCost {
  /** Of each rank; undefined where it is more than can be addressed. */
  memoryBytes: number | undefined;
}

/** A training on FashionMNIST over any number of hosts. */
export class HostPlan {
  /** Of an epoch on one host or many. */
  readonly batches: BatchPlan;
  readonly #parts: PlanParts;

  constructor(parts: PlanParts) {
    const { config } = parts;
    this.batches = planBatches(config, Math.min(trainingSamples, config.limitTrain ?? trainingSamples));
    this.#parts = parts;
  }

  /** Micro-shards of a step. */
  get shards(): number {
    const { tasks, shardsPerTask } = stepWork(this.#parts.config, this.batches);
    return tasks * shardsPerTask;
  }

  /** @param batch samples of a step, instead of those of the configuration */
  predict(hosts: number, batch = this.batches.batchSize): StepCost {
    const { config, speed, network } = this.#parts;
    const work = stepWork(config, { ...this.batches, batchSize: batch });
    return predictStep({ hosts, workers: config.workers }, work, speed, network);
  }

  memoryBytes(hosts: number, batch = this.batches.batchSize): number | undefined {
    const { config, scratchBytes } = this.#parts;
    return rankMemoryBytes(config, { ...this.batches, batchSize: batch }, hosts, scratchBytes);
  }

  /** A row for 1, 2, 4, … hosts, and for as many as there are. */
  rows(hosts: number): PlannedHosts[] {
    return hostSeries(hosts).map((count) => ({
      ...this.predict(count),
      memoryBytes: this.memoryBytes(count),
    }));
  }
}
