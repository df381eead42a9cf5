import {
  type MemoryLayout,
  shardResultBytes,
  workerStatistics as statistic,
} from '../../../shared/memory-layout.ts';
import { digestedRange, digestParameters } from '../../../shared/parameter-digest.ts';
import { RankMessages, rankHeader } from '../../../shared/rank-message.ts';
import { blocksOfRank, type Interval, type RankShare } from '../../../shared/rank-share.ts';
import type { RunMemory } from '../../../shared/run-memory.ts';
import type { StepCursor } from '../../../shared/step-cursor.ts';
import { phaseKinds } from '../../../shared/work-queue.ts';
import { refuseDivergence } from './divergence.ts';
import type { Mpi } from './mpi.ts';

/**
 * What the ranks exchange in a step, and at an epoch's end: first a short message each, then sums or predictions. All of it is
 * gathered as bytes, in place, into the memory of the run: every rank then has what one that is alone would have computed.
 */
export class StepExchange {
  readonly #mpi: Mpi;
  readonly #memory: RunMemory;
  readonly #layout: MemoryLayout;
  readonly #cursor: StepCursor;
  readonly #share: RankShare;
  readonly #evaluationMicroBatch: number;
  readonly #messages: RankMessages;
  readonly #blockSums: Uint8Array;
  readonly #results: Uint8Array;

  /** @param evaluationMicroBatch samples of a micro-shard of the evaluation */
  constructor(
    mpi: Mpi,
    memory: RunMemory,
    cursor: StepCursor,
    share: RankShare,
    evaluationMicroBatch: number,
  ) {
    const { buffer, layout } = memory;
    const { needs } = layout;
    this.#mpi = mpi;
    this.#memory = memory;
    this.#layout = layout;
    this.#cursor = cursor;
    this.#share = share;
    this.#evaluationMicroBatch = evaluationMicroBatch;
    this.#messages = new RankMessages(memory);
    this.#blockSums = new Uint8Array(buffer, layout.blockSums, needs.blocks * layout.slotStride);
    this.#results = new Uint8Array(buffer, layout.shardResults, needs.evaluationShards * shardResultBytes);
  }

  /** The messages of all ranks, with the results of their micro-shards, and the sums of all blocks of the step's tasks. */
  exchangeGradients(): void {
    const share = this.#share;
    const { rank } = share.rank;
    const { globalStep, epochStep } = this.#cursor;
    const { parameters } = this.#layout.needs;
    const { from, to } = digestedRange(globalStep, parameters);
    const own = share.gradientShards(epochStep);
    this.#messages.putResults(rank, own.first, own.end);
    this.#exchangeMessages(phaseKinds.exchangeGradients, globalStep, from, to);
    for (const other of share.ranks()) {
      const { first, end } = share.gradientShards(epochStep, other);
      if (other.rank !== rank) this.#messages.takeResults(other.rank, first, end);
    }
    const dealing = share.dealing(epochStep);
    this.#gatherParts(
      this.#blockSums,
      share.ranks().map((other) => blocksOfRank(dealing, other)),
      this.#layout.slotStride,
    );
    this.#agreeOnStop();
  }

  /** The messages of all ranks, and the results and predictions of all micro-shards of the evaluation. */
  exchangeScores(): void {
    const share = this.#share;
    const { globalStep } = this.#cursor;
    const { parameters, evaluationSamples } = this.#layout.needs;
    this.#exchangeMessages(phaseKinds.exchangeScores, globalStep, 0, parameters);
    const shards = share.ranks().map((other) => share.evaluationShards(other));
    this.#gatherParts(this.#results, shards, shardResultBytes);
    const sample = (shard: number) => Math.min(shard * this.#evaluationMicroBatch, evaluationSamples);
    this.#gatherParts(
      this.#memory.predictions,
      shards.map(({ first, end }) => ({ first: sample(first), end: sample(end) })),
      1,
    );
    this.#agreeOnStop();
  }

  #exchangeMessages(kind: number, globalStep: number, from: number, to: number): void {
    const { rank, size } = this.#share.rank;
    const header = this.#messages.header(rank);
    header[rankHeader.kind] = kind;
    header[rankHeader.globalStep] = globalStep;
    header[rankHeader.digest] = digestParameters(this.#memory.parameters(globalStep), from, to);
    header[rankHeader.stopRequested] = this.#cursor.stopRequested ? 1 : 0;
    this.#putStatistics(header);
    const began = performance.now();
    this.#mpi.allgatherInPlace(this.#messages.bytes, this.#layout.rankMessageBytes);
    addSeconds(header, rankHeader.rankWaitSeconds, began);
    const headers = Array.from({ length: size }, (_, each) => this.#messages.header(each));
    try {
      refuseDivergence(headers, globalStep);
    } catch (error) {
      this.#cursor.fail();
      throw error;
    }
  }

  #putStatistics(header: Float64Array): void {
    const { workers } = this.#layout.needs;
    header[rankHeader.workers] = workers;
    header[rankHeader.samples] = 0;
    header[rankHeader.computeSeconds] = 0;
    for (let worker = 0; worker < workers; worker++) {
      const statistics = this.#memory.workerStatistics(worker);
      add(header, rankHeader.samples, statistics[statistic.samples] as number);
      add(header, rankHeader.computeSeconds, statistics[statistic.computeSeconds] as number);
    }
  }

  /** @param parts of each rank, counted in elements of `elementBytes` */
  #gatherParts(bytes: Uint8Array, parts: readonly Interval[], elementBytes: number): void {
    const began = performance.now();
    this.#mpi.allgathervInPlace(
      bytes,
      Int32Array.from(parts, ({ first, end }) => (end - first) * elementBytes),
      Int32Array.from(parts, ({ first }) => first * elementBytes),
    );
    addSeconds(this.#messages.header(this.#share.rank.rank), rankHeader.exchangeSeconds, began);
  }

  #agreeOnStop(): void {
    const { size } = this.#share.rank;
    for (let rank = 0; rank < size; rank++) {
      if (this.#messages.header(rank)[rankHeader.stopRequested] === 1) this.#cursor.agreeToStop();
    }
  }
}

function add(values: Float64Array, field: number, value: number): void {
  values[field] = (values[field] as number) + value;
}

function addSeconds(values: Float64Array, field: number, began: number): void {
  add(values, field, (performance.now() - began) / 1000);
}
