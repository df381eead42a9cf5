import type { Shard } from '../shared/batch-plan.ts';
import { type MemoryLayout, shardResultBytes } from '../shared/memory-layout.ts';
import type { KernelExports } from './kernel-exports.ts';
import type { ShardEngine } from './shard-engine.ts';

/** The `cpu` device: SIMD kernels that work where the data lie in shared memory. */
export class WasmEngine implements ShardEngine {
  readonly device = 'cpu';
  readonly #kernels: KernelExports;
  readonly #layout: MemoryLayout;
  readonly #scratch: number;
  /** Step whose parameters the scratch was prepared for. */
  #preparedStep = -1;

  /** @param worker 0-based: which worker's scratch to use */
  constructor(kernels: KernelExports, layout: MemoryLayout, worker: number) {
    this.#kernels = kernels;
    this.#layout = layout;
    this.#scratch = layout.scratch + worker * layout.needs.scratchBytesPerWorker;
    kernels.configureModel(this.#scratch, 0, 0, 0, 0, 0);
    kernels.configureRandomness(this.#scratch, 0, 0, 0, 0, 0, 0);
  }

  lossAndGradients(globalStep: number, shard: Shard, slot: number): void {
    const layout = this.#layout;
    this.#kernels.lossAndGradients(
      this.#prepareParameters(globalStep),
      layout.images,
      layout.labels,
      layout.trainingOrder + shard.first * 4,
      shard.count,
      0,
      layout.gradientSlots + slot * layout.slotStride,
      layout.shardResults + slot * shardResultBytes,
      this.#scratch,
    );
  }

  evaluate(globalStep: number, shard: Shard, task: number): void {
    const layout = this.#layout;
    this.#kernels.evaluate(
      this.#prepareParameters(globalStep),
      layout.images,
      layout.labels,
      layout.evaluationOrder + shard.first * 4,
      shard.count,
      layout.predictions + shard.first,
      layout.shardResults + task * shardResultBytes,
      this.#scratch,
    );
  }

  invalidateParameters(): void {
    this.#preparedStep = -1;
  }

  #prepareParameters(globalStep: number): number {
    const parameters = this.#layout.parameters[globalStep & 1] as number;
    if (this.#preparedStep !== globalStep) {
      this.#kernels.prepareParameters(parameters, this.#scratch);
      this.#preparedStep = globalStep;
    }
    return parameters;
  }
}
