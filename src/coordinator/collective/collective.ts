import type { ExchangedSession } from '../../shared/collective-protocol.ts';
import { aloneRank, type Rank } from '../../shared/rank-share.ts';

/**
 * The processes that train one run together. Each call must be made by all of them, in the same order; those of a process that
 * is alone cost nothing.
 */
export interface Collective {
  readonly rank: Rank;
  /** What carries it, for people; undefined where the process is alone. */
  readonly library: string | undefined;
  /** Processes of the run on this machine. */
  readonly ranksHere: number;
  /** The outcome of work that waits for other ranks, too. @throws, as soon as that is known, why they cannot go on together */
  guard<T>(work: Promise<T>): Promise<T>;
  /** What each rank gives, by rank. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** What rank 0 gives. The others' argument does not matter. */
  broadcast(bytes: Uint8Array): Promise<Uint8Array>;
  /** Resolves when all ranks are here. */
  barrier(): Promise<void>;
  /** From now on the phases of the session that exchange are served, until `detach`. */
  attach(session: ExchangedSession): Promise<void>;
  detach(): Promise<void>;
  /** Parts from the others in order, when there is nothing more to do together. The second time it does nothing. */
  leave(): Promise<void>;
  /** How long the others wait for this one before they give up. */
  readonly timeoutSeconds: number;
}

/** A process that trains by itself. */
export const alone: Collective = {
  rank: aloneRank,
  library: undefined,
  ranksHere: 1,
  guard: (work) => work,
  gather: async (bytes) => [bytes],
  broadcast: async (bytes) => bytes,
  barrier: async () => {},
  attach: async () => {},
  detach: async () => {},
  leave: async () => {},
  timeoutSeconds: Number.POSITIVE_INFINITY,
};
