import { type MemoryLayout, rankHeaderBytes, shardResultBytes } from './memory-layout.ts';
import type { RunMemory } from './run-memory.ts';

/** Float64 fields at the beginning of a rank's message. The figures count since the rank's process began. */
export const rankHeader = {
  /** Kind of the exchange, and steps taken before it: what all ranks must be at. */
  kind: 0,
  globalStep: 1,
  /** Of parameters that all ranks must have alike, see parameter-digest.ts. */
  digest: 2,
  /** 1 where the rank was asked to end the training. */
  stopRequested: 3,
  workers: 4,
  samples: 5,
  computeSeconds: 6,
  /** For messages of the other ranks: where they are slower. */
  rankWaitSeconds: 7,
  /** For the exchange of sums, once all ranks are there. */
  exchangeSeconds: 8,
} as const;

const headerFields = rankHeaderBytes / 8;

/** The message that each rank gives all others in an exchange: a header, and the results of its micro-shards. */
export class RankMessages {
  /** uint8[ranks][rankMessageBytes]. */
  readonly bytes: Uint8Array;
  readonly #memory: RunMemory;
  readonly #layout: MemoryLayout;
  readonly #headers: readonly Float64Array[];

  constructor(memory: RunMemory) {
    const { buffer, layout } = memory;
    this.#memory = memory;
    this.#layout = layout;
    const { ranks } = layout.needs;
    this.bytes = new Uint8Array(buffer, layout.rankMessages, ranks * layout.rankMessageBytes);
    this.#headers = Array.from(
      { length: ranks },
      (_, rank) => new Float64Array(buffer, this.#address(rank), headerFields),
    );
  }

  /** The header of a rank's last message: a view. */
  header(rank: number): Float64Array {
    return this.#headers[rank] as Float64Array;
  }

  /** Puts the results of micro-shards [first, end) into a rank's message. */
  putResults(rank: number, first: number, end: number): void {
    this.#message(rank, end - first).set(this.#results(first, end));
  }

  /** Takes the results of micro-shards [first, end) out of a rank's message. */
  takeResults(rank: number, first: number, end: number): void {
    this.#results(first, end).set(this.#message(rank, end - first));
  }

  #message(rank: number, shards: number): Uint8Array {
    const { buffer } = this.#memory;
    return new Uint8Array(buffer, this.#address(rank) + rankHeaderBytes, shards * shardResultBytes);
  }

  #results(first: number, end: number): Uint8Array {
    const { buffer } = this.#memory;
    const address = this.#layout.shardResults + first * shardResultBytes;
    return new Uint8Array(buffer, address, (end - first) * shardResultBytes);
  }

  #address(rank: number): number {
    return this.#layout.rankMessages + rank * this.#layout.rankMessageBytes;
  }
}
