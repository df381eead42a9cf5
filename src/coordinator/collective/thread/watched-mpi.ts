import { wallClockSeconds } from '../../../shared/wall-clock.ts';
import type { Mpi } from './mpi.ts';

/** Tells, in shared memory, since when the thread is blocked in a call: another thread can watch that, this one cannot. */
export class WatchedMpi implements Mpi {
  readonly #mpi: Mpi;
  readonly #blockedSince: Float64Array;

  private constructor(mpi: Mpi, blockedSince: Float64Array) {
    this.#mpi = mpi;
    this.#blockedSince = blockedSince;
  }

  /** @param blockedSince float64[1] in shared memory: by `wallClockSeconds`; 0 while no call blocks */
  static async start(start: () => Promise<Mpi>, blockedSince: Float64Array): Promise<WatchedMpi> {
    blockedSince[0] = wallClockSeconds();
    try {
      return new WatchedMpi(await start(), blockedSince);
    } finally {
      blockedSince[0] = 0;
    }
  }

  get rank(): number {
    return this.#mpi.rank;
  }

  get size(): number {
    return this.#mpi.size;
  }

  get library(): string {
    return this.#mpi.library;
  }

  allgatherInPlace(bytes: Uint8Array, bytesPerRank: number): void {
    this.#watched(() => this.#mpi.allgatherInPlace(bytes, bytesPerRank));
  }

  allgathervInPlace(bytes: Uint8Array, counts: Int32Array, displacements: Int32Array): void {
    this.#watched(() => this.#mpi.allgathervInPlace(bytes, counts, displacements));
  }

  broadcast(bytes: Uint8Array): void {
    this.#watched(() => this.#mpi.broadcast(bytes));
  }

  barrier(): void {
    this.#watched(() => this.#mpi.barrier());
  }

  finalize(): void {
    this.#watched(() => this.#mpi.finalize());
  }

  abort(code: number): void {
    this.#mpi.abort(code);
  }

  #watched(call: () => void): void {
    this.#blockedSince[0] = wallClockSeconds();
    try {
      call();
    } finally {
      this.#blockedSince[0] = 0;
    }
  }
}
