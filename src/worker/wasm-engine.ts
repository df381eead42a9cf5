import { type BatchPlan, type Shard, stepsPerEpoch } from '../shared/batch-plan.ts';
import { type EngineOptions, randomnessArguments } from '../shared/engine-options.ts';
import type { KernelExports } from '../shared/kernel-exports.ts';
import { type MemoryLayout, shardResultBytes } from '../shared/memory-layout.ts';
import { activations, poolings } from '../shared/model-options.ts';
import type { ShardEngine } from './shard-engine.ts';

interface WasmEngineParts {
  kernels: KernelExports;
  layout: MemoryLayout;
  /** 0-based: which worker's scratch to use. */
  worker: number;
  /** Of the training: it tells the epoch of a step. */
  plan: BatchPlan;
  options: EngineOptions;
  /** Address of the samples' names, in the order of the training; default: their positions in the data set. */
  names?: number;
}

/** The `cpu` device: SIMD kernels that work where the data lie in shared memory. */
export class WasmEngine implements ShardEngine {
  readonly device = 'cpu';
  readonly #kernels: KernelExports;
  readonly #layout: MemoryLayout;
  readonly #scratch: number;
  readonly #stepsPerEpoch: number;
  readonly #names: number;
  /** Step whose parameters the scratch was prepared for, and where they lie: the moving averages' are others. */
  #preparedStep = -1;
  #preparedAddress = -1;

  constructor({ kernels, layout, worker, plan, options, names }: WasmEngineParts) {
    this.#kernels = kernels;
    this.#layout = layout;
    this.#scratch = layout.scratch + worker * layout.needs.scratchBytesPerWorker;
    this.#stepsPerEpoch = stepsPerEpoch(plan);
    this.#names = names ?? layout.trainingOrder;
    configureKernels(kernels, this.#scratch, options);
  }

  lossAndGradients(globalStep: number, shard: Shard, slot: number, result: number): void {
    const layout = this.#layout;
    this.#kernels.lossAndGradients(
      this.#prepareParameters(globalStep, layout.parameters),
      layout.images,
      layout.labels,
      layout.trainingOrder + shard.first * 4,
      this.#names + shard.first * 4,
      shard.count,
      Math.floor(globalStep / this.#stepsPerEpoch) + 1,
      layout.gradientSlots + slot * layout.slotStride,
      layout.shardResults + result * shardResultBytes,
      this.#scratch,
    );
  }

  evaluate(globalStep: number, shard: Shard, task: number): void {
    const layout = this.#layout;
    this.#kernels.evaluate(
      this.#prepareParameters(globalStep, layout.averages),
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

  /** @param buffers of the parameters, or of their moving averages */
  #prepareParameters(globalStep: number, buffers: readonly [number, number]): number {
    const address = buffers[(globalStep & 1) as 0 | 1];
    if (this.#preparedStep !== globalStep || this.#preparedAddress !== address) {
      this.#kernels.prepareParameters(address, this.#scratch);
      this.#preparedStep = globalStep;
      this.#preparedAddress = address;
    }
    return address;
  }
}

/** Tells the kernels what a run chose; of each scratch once, before anything else. */
export function configureKernels(kernels: KernelExports, scratch: number, options: EngineOptions): void {
  const { model, regularization } = options;
  kernels.configureModel(
    scratch,
    activations.indexOf(model.activation),
    poolings.indexOf(model.pooling),
    Number(model.batchNorm),
    regularization.labelSmoothing,
    regularization.dropout,
  );
  kernels.configureRandomness(scratch, ...randomnessArguments(options));
}
