import type { Shard } from '../shared/batch-plan.ts';
import { workerStatistics as statistic } from '../shared/memory-layout.ts';
import { imageSize } from '../shared/model.ts';
import type { RunMemory } from '../shared/run-memory.ts';
import type { HostedBatch } from './process/engine-host.ts';
import type { ProcessEngine } from './process/process-engine.ts';

/**
 * Carries micro-shards out of the shared memory to an engine that has memory of its own, and the results back into it. The
 * counterpart of `ShardEngine`, with calls that end later; several may be pending.
 */
export class DeviceEngine {
  readonly #engine: ProcessEngine;
  readonly #memory: RunMemory;
  /** float64[workerStatistics.fields] of the worker. */
  readonly #statistics: Float64Array;
  readonly #epochOf: (globalStep: number) => number;
  readonly #augment: ((shard: Shard, epoch: number) => Uint8Array) | undefined;
  /** uint8[maximumBatch][28][28]: the gathered images of one call. */
  readonly #images: Uint8Array;
  readonly #labels: Uint8Array;
  /** Step whose parameters the engine has, and where they lie: their moving averages lie elsewhere. */
  #sentStep = -1;
  #sentAddress = -1;

  /**
   * @param worker 0-based
   * @param maximumBatch most samples of a micro-shard
   * @param epochOf the epoch of a step
   * @param augment where images are augmented: the images that an epoch's training sees in place of a shard's
   */
  constructor(
    engine: ProcessEngine,
    memory: RunMemory,
    worker: number,
    maximumBatch: number,
    epochOf: (globalStep: number) => number,
    augment?: (shard: Shard, epoch: number) => Uint8Array,
  ) {
    this.#engine = engine;
    this.#memory = memory;
    this.#statistics = memory.workerStatistics(worker);
    this.#epochOf = epochOf;
    this.#augment = augment;
    this.#images = new Uint8Array(maximumBatch * imageSize);
    this.#labels = new Uint8Array(maximumBatch);
  }

  get device(): string {
    return this.#engine.device;
  }

  /** As `ShardEngine.lossAndGradients`; nothing is written before the engine has answered. */
  async lossAndGradients(globalStep: number, shard: Shard, slot: number, result: number): Promise<void> {
    const memory = this.#memory;
    const epoch = this.#epochOf(globalStep);
    const samples = memory.trainingOrder.slice(shard.first, shard.first + shard.count);
    const gathered = this.#gather(memory.parameters(globalStep), globalStep, shard, memory.trainingOrder);
    const images = this.#augment?.(shard, epoch) ?? gathered.images;
    const batch = { ...gathered, images, draws: { epoch, samples } };
    const { lossSum, correct, gradientSums, memory: held } = await this.#engine.lossAndGradients(batch);
    if (held !== undefined) {
      this.#statistics[statistic.deviceBytes] = held.bytes;
      this.#statistics[statistic.deviceTensors] = held.tensors;
    }
    memory.gradientSum(slot).set(gradientSums);
    memory.setShardResult(result, lossSum, correct);
  }

  /** As `ShardEngine.evaluate`. */
  async evaluate(globalStep: number, shard: Shard, task: number): Promise<void> {
    const memory = this.#memory;
    const batch = this.#gather(memory.averages(globalStep), globalStep, shard, memory.evaluationOrder);
    const { lossSum, correct, predictions } = await this.#engine.evaluate(batch);
    memory.predictions.set(predictions, shard.first);
    memory.setShardResult(task, lossSum, correct);
  }

  /** Forgets which parameters the engine has: for a caller that replaced them without a step. */
  invalidateParameters(): void {
    this.#sentStep = -1;
  }

  /** Resolves when the engine's process is gone. */
  dispose(): Promise<void> {
    return this.#engine.dispose();
  }

  /** The arrays are views, and valid until the next call: the engine copies them. */
  #gather(
    parameters: Float32Array,
    globalStep: number,
    { first, count }: Shard,
    order: Uint32Array,
  ): HostedBatch {
    const { images, labels } = this.#memory;
    for (let index = 0; index < count; index++) {
      const sample = order[first + index] as number;
      const begin = sample * imageSize;
      this.#images.set(images.subarray(begin, begin + imageSize), index * imageSize);
      this.#labels[index] = labels[sample] as number;
    }
    const isSent = this.#sentStep === globalStep && this.#sentAddress === parameters.byteOffset;
    this.#sentStep = globalStep;
    this.#sentAddress = parameters.byteOffset;
    return {
      parameters: isSent ? undefined : parameters,
      images: this.#images.subarray(0, count * imageSize),
      labels: this.#labels.subarray(0, count),
    };
  }
}
