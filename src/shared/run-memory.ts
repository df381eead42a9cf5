import { schedule } from './adam.ts';
import { type MemoryLayout, shardResultBytes, stepRecord, workerStatistics } from './memory-layout.ts';
import { imageSize } from './model.ts';

/** Typed views over the shared memory of a run. They copy nothing; who may write what stands in memory-layout.ts. */
export class RunMemory {
  readonly buffer: SharedArrayBuffer;
  readonly layout: MemoryLayout;
  readonly optimizerSchedule: Float32Array;
  readonly stepRecords: Float64Array;
  readonly taskSeconds: Float64Array;
  readonly trainingOrder: Uint32Array;
  readonly evaluationOrder: Uint32Array;
  readonly predictions: Uint8Array;
  readonly squareSums: Float64Array;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly #results: DataView;

  constructor(buffer: SharedArrayBuffer, layout: MemoryLayout) {
    const { needs } = layout;
    this.buffer = buffer;
    this.layout = layout;
    this.optimizerSchedule = new Float32Array(
      buffer,
      layout.optimizerSchedule,
      needs.stepsPerEpoch * schedule.fields,
    );
    this.taskSeconds = new Float64Array(buffer, layout.taskSeconds, layout.taskCapacity * 2);
    this.stepRecords = new Float64Array(buffer, layout.stepRecords, needs.stepsPerEpoch * stepRecord.fields);
    this.trainingOrder = new Uint32Array(buffer, layout.trainingOrder, needs.trainingSamples);
    this.evaluationOrder = new Uint32Array(buffer, layout.evaluationOrder, needs.evaluationSamples);
    this.predictions = new Uint8Array(buffer, layout.predictions, needs.evaluationSamples);
    this.squareSums = new Float64Array(buffer, layout.squareSums, layout.updateRanges);
    this.images = new Uint8Array(buffer, layout.images, needs.images * imageSize);
    this.labels = new Uint8Array(buffer, layout.labels, needs.images);
    this.#results = new DataView(
      buffer,
      layout.shardResults,
      Math.max(needs.shards, needs.evaluationShards) * shardResultBytes,
    );
  }

  /** The parameters after `globalStep` steps: float32[needs.parameters], overwritten by the step after next. */
  parameters(globalStep: number): Float32Array {
    return this.#vector(this.layout.parameters[globalStep & 1] as number);
  }

  firstMoments(globalStep: number): Float32Array {
    return this.#vector(this.layout.firstMoments[globalStep & 1] as number);
  }

  secondMoments(globalStep: number): Float32Array {
    return this.#vector(this.layout.secondMoments[globalStep & 1] as number);
  }

  /** What is evaluated and kept after `globalStep` steps: the parameters, or their moving average. */
  averages(globalStep: number): Float32Array {
    return this.#vector(this.layout.averages[globalStep & 1] as number);
  }

  /** A gradient slot: float32[needs.parameters]. */
  gradientSum(slot: number): Float32Array {
    return this.#vector(this.layout.gradientSlots + slot * this.layout.slotStride);
  }

  /** Sum of the cross-entropy over the samples of one micro-shard of the last phase. */
  shardLoss(shard: number): number {
    return this.#results.getFloat64(shard * shardResultBytes, true);
  }

  shardCorrect(shard: number): number {
    return this.#results.getInt32(shard * shardResultBytes + 8, true);
  }

  /** Writes what `shardLoss` and `shardCorrect` read. */
  setShardResult(shard: number, lossSum: number, correct: number): void {
    this.#results.setFloat64(shard * shardResultBytes, lossSum, true);
    this.#results.setInt32(shard * shardResultBytes + 8, correct, true);
  }

  /** One worker's statistics: a view that the worker goes on writing. */
  workerStatistics(worker: number): Float64Array {
    const bytes = workerStatistics.fields * 8;
    return new Float64Array(
      this.buffer,
      this.layout.workerStatistics + worker * bytes,
      workerStatistics.fields,
    );
  }

  #vector(address: number): Float32Array {
    return new Float32Array(this.buffer, address, this.layout.needs.parameters);
  }
}
