import { RankMessages, rankHeader } from '../../shared/rank-message.ts';
import type { RunMemory } from '../../shared/run-memory.ts';

/** What a rank has done since its process began, as it told in the last exchange; times in seconds. */
export interface RankFigures {
  /** 0-based. */
  rank: number;
  workers: number;
  /** Of training. */
  samples: number;
  /** Over all its workers. */
  computeSeconds: number;
  /** For slower ranks. */
  waitSeconds: number;
  /** Of sums, once all ranks were there. */
  exchangeSeconds: number;
}

/** Of each rank; none where a process is alone. */
export function readRankFigures(memory: RunMemory): RankFigures[] {
  const { ranks } = memory.layout.needs;
  if (ranks === 1) return [];
  const messages = new RankMessages(memory);
  return Array.from({ length: ranks }, (_, rank) => {
    const header = messages.header(rank);
    const figure = (field: number) => header[field] as number;
    return {
      rank,
      workers: figure(rankHeader.workers),
      samples: figure(rankHeader.samples),
      computeSeconds: figure(rankHeader.computeSeconds),
      waitSeconds: figure(rankHeader.rankWaitSeconds),
      exchangeSeconds: figure(rankHeader.exchangeSeconds),
    };
  });
}
