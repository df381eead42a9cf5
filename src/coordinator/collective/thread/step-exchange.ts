import {
  type MemoryLayout,
  shardResultBytes,
  workerStatistics as statistic,
} from '../../../shared/memory-layout.ts';
import { digestedRange, digestModel, digestParameters } from '../../../shared/parameter-digest.ts';
import { RankMessages, rankHeader } from '../../../shared/rank-message.ts';
import { blocksOfRank, type Interval, type RankShare } from '../../../shared/rank-share.ts';
import type { RunMemory } from '../../../shared/run-memory.ts';
import type { StepCursor } from '../../../shared/step-cursor.ts';
import { phaseKinds } from '../../../shared/work-queue.ts';
import { refuseDivergence } from './divergence.ts';
import type { Mpi } from './mpi.ts';

/** Where each rank's part of a gather lies, in bytes. */
interface Parts {
  counts: Int32Array;
  displacements: Int32Array;
}

/** Who computes what of a step: the same for all steps with as many micro-shards. */
interface StepParts {
  /** Micro-shards, by rank. */
  shards: readonly Interval[];
  blockSums: Parts;
}

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
  readonly #messages: RankMessages;
  readonly #headers: readonly Float64Array[];
  readonly #statistics: readonly Float64Array[];
  readonly #blockSums: Uint8Array;
  readonly #results: Uint8Array;
  readonly #evaluationParts: { results: Parts; predictions: Parts };
  /** By the number of micro-shards. */
  readonly #stepParts = new Map<number, StepParts>();

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
    this.#messages = new RankMessages(memory);
    this.#headers = share.ranks().map(({ rank }) => this.#messages.header(rank));
    this.#statistics = Array.from({ length: needs.workers }, (_, worker) => memory.workerStatistics(worker));
    this.#blockSums = new Uint8Array(buffer, layout.blockSums, needs.blocks * layout.slotStride);
    this.#results = new Uint8Array(buffer, layout.shardResults, needs.evaluationShards * shardResultBytes);
    const shards = share.ranks().map((rank) => share.evaluationShards(rank));
    const sample = (shard: number) => Math.min(shard * evaluationMicroBatch, needs.evaluationSamples);
    const samples = shards.map(({ first, end }) => ({ first: sample(first), end: sample(end) }));
    this.#evaluationParts = { results: inBytes(shards, shardResultBytes), predictions: inBytes(samples, 1) };
  }

  /** The messages of all ranks, with the results of their micro-shards, and the sums of all blocks of the step's tasks. */
  exchangeGradients(): void {
    const { rank } = this.#share.rank;
    const { globalStep, epochStep } = this.#cursor;
    const { shards, blockSums } = this.#partsOf(epochStep);
    const parameters = this.#memory.parameters(globalStep);
    const { from, to } = digestedRange(globalStep, parameters.length);
    const { first, end } = shards[rank] as Interval;
    this.#messages.putResults(rank, first, end);
    const digest = digestParameters(parameters, from, to);
    this.#exchangeMessages(phaseKinds.exchangeGradients, globalStep, digest);
    for (const [other, { first, end }] of shards.entries()) {
      if (other !== rank) this.#messages.takeResults(other, first, end);
    }
    this.#gather(this.#blockSums, blockSums);
    this.#agreeOnStop();
  }

  /** The messages of all ranks, and the results and predictions of all micro-shards of the evaluation. */
  exchangeScores(): void {
    const { results, predictions } = this.#evaluationParts;
    const { globalStep } = this.#cursor;
    const memory = this.#memory;
    const digest = digestModel(memory.parameters(globalStep), memory.averages(globalStep));
    this.#exchangeMessages(phaseKinds.exchangeScores, globalStep, digest);
    this.#gather(this.#results, results);
    this.#gather(this.#memory.predictions, predictions);
    this.#agreeOnStop();
  }

  #partsOf(epochStep: number): StepParts {
    const share = this.#share;
    const known = this.#stepParts.get(share.shards(epochStep));
    if (known !== undefined) return known;
    const dealing = share.dealing(epochStep);
    const ranks = share.ranks();
    const blocks = ranks.map((rank) => blocksOfRank(dealing, rank));
    const parts = {
      shards: ranks.map((rank) => share.gradientShards(epochStep, rank)),
      blockSums: inBytes(blocks, this.#layout.slotStride),
    };
    this.#stepParts.set(share.shards(epochStep), parts);
    return parts;
  }

  /** @param digest of what all ranks must have alike */
  #exchangeMessages(kind: number, globalStep: number, digest: number): void {
    const header = this.#header;
    header[rankHeader.kind] = kind;
    header[rankHeader.globalStep] = globalStep;
    header[rankHeader.digest] = digest;
    header[rankHeader.stopRequested] = this.#cursor.stopRequested ? 1 : 0;
    this.#putStatistics();
    const began = performance.now();
    this.#mpi.allgatherInPlace(this.#messages.bytes, this.#layout.rankMessageBytes);
    addSeconds(header, rankHeader.rankWaitSeconds, began);
    try {
      refuseDivergence(this.#headers, globalStep);
    } catch (error) {
      this.#cursor.fail();
      throw error;
    }
  }

  /** Of this rank. */
  get #header(): Float64Array {
    return this.#headers[this.#share.rank.rank] as Float64Array;
  }

  #putStatistics(): void {
    const header = this.#header;
    header[rankHeader.workers] = this.#statistics.length;
    header[rankHeader.samples] = 0;
    header[rankHeader.computeSeconds] = 0;
    for (const statistics of this.#statistics) {
      add(header, rankHeader.samples, statistics[statistic.samples] as number);
      add(header, rankHeader.computeSeconds, statistics[statistic.computeSeconds] as number);
    }
  }

  #gather(bytes: Uint8Array, { counts, displacements }: Parts): void {
    const began = performance.now();
    this.#mpi.allgathervInPlace(bytes, counts, displacements);
    addSeconds(this.#header, rankHeader.exchangeSeconds, began);
  }

  #agreeOnStop(): void {
    if (this.#headers.some((header) => header[rankHeader.stopRequested] === 1)) this.#cursor.agreeToStop();
  }
}

/** @param parts of the ranks, counted in elements */
function inBytes(parts: readonly Interval[], elementBytes: number): Parts {
  return {
    counts: Int32Array.from(parts, ({ first, end }) => (end - first) * elementBytes),
    displacements: Int32Array.from(parts, ({ first }) => first * elementBytes),
  };
}

function add(values: Float64Array, field: number, value: number): void {
  values[field] = (values[field] as number) + value;
}

function addSeconds(values: Float64Array, field: number, began: number): void {
  add(values, field, (performance.now() - began) / 1000);
}
