/** A network as the α-β model sees it: a message of m bytes takes `latencySeconds` + m / `bytesPerSecond`. */
export interface Network {
  latencySeconds: number;
  /** Of a host's link, in each direction at once. */
  bytesPerSecond: number;
}

/** Blocks of one size that lie with the ranks, as evenly as `blocksOfRank` deals them, and that all ranks are to have. */
export interface Exchange {
  ranks: number;
  blocks: number;
  blockBytes: number;
}

/** `doubling` is recursive doubling, and Bruck's algorithm where the ranks are no power of two: both cost the same. */
export type Algorithm = 'direct' | 'doubling' | 'ring' | 'pipelined ring' | 'neighbour exchange';

/** The pieces in which MPICH sends large contributions on, where some ranks have none (MPIR_CVAR_ALLGATHERV_PIPELINE_MSG_SIZE). */
const pipelineBytes = 32_768;

/**
 * Seconds of an allgather (Thakur, Rabenseifner and Gropp 2005, section 4.1; neighbour exchange: Chen et al. 2005). They give the
 * cost for contributions of equal size; where some ranks have a block more than others, a round lasts as long as its longest
 * message.
 */
export function allgatherSeconds(algorithm: Algorithm, exchange: Exchange, network: Network): number {
  const { ranks } = exchange;
  if (ranks === 1) return 0;
  const message = (bytes: number) => network.latencySeconds + bytes / network.bytesPerSecond;
  const ofRanks = (run: number) => message(mostBytesOfRanks(exchange, run));
  switch (algorithm) {
    case 'direct':
      return ofRanks(1);
    case 'doubling': {
      let seconds = 0;
      for (let have = 1; have < ranks; have *= 2) seconds += ofRanks(Math.min(have, ranks - have));
      return seconds;
    }
    case 'ring':
      return (ranks - 1) * ofRanks(1);
    case 'pipelined ring':
      return pipelinedRingSeconds(exchange, message);
    case 'neighbour exchange':
      // It needs an even number; Open MPI falls back to the ring.
      if (ranks % 2 === 1) return (ranks - 1) * ofRanks(1);
      return ofRanks(1) + (ranks / 2 - 1) * ofRanks(2);
    default:
      return algorithm satisfies never;
  }
}

/** Most bytes that `run` neighbouring ranks have together. */
function mostBytesOfRanks({ ranks, blocks, blockBytes }: Exchange, run: number): number {
  return Math.ceil((run * blocks) / ranks) * blockBytes;
}

/** The ring with large contributions in pieces: a rank sends on one piece while the next is on its way. */
function pipelinedRingSeconds(exchange: Exchange, message: (bytes: number) => number): number {
  const { ranks, blocks, blockBytes } = exchange;
  const leastBytes = Math.floor(blocks / ranks) * blockBytes;
  const pieceBytes = Math.min(Math.max(leastBytes, pipelineBytes), mostBytesOfRanks(exchange, 1));
  const receivedBytes = blocks * blockBytes - leastBytes;
  // Limited by what a link carries, or by the way that the furthest contribution has.
  const rounds = Math.max(receivedBytes / pieceBytes, ranks - 1);
  return rounds * message(pieceBytes);
}
