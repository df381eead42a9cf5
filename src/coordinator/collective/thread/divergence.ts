import { RunError } from '../../../shared/errors.ts';
import { rankHeader } from '../../../shared/rank-message.ts';

/** What all ranks must have alike before a step. */
const alike = [rankHeader.kind, rankHeader.globalStep, rankHeader.digest] as const;

/**
 * Compares what the ranks are at, and their parameters. All ranks see the same messages, and so come to the same conclusion.
 * @param headers of all ranks' messages
 * @throws RunError that names the ranks which are unlike the others
 */
export function refuseDivergence(headers: readonly Float64Array[], globalStep: number): void {
  const [reference] = headers;
  const isAlike = (header: Float64Array) => alike.every((field) => header[field] === reference?.[field]);
  if (!headers.every(isAlike)) throw divergence(headers, globalStep);
}

function divergence(headers: readonly Float64Array[], globalStep: number): RunError {
  const ranksByState = new Map<string, number[]>();
  for (const [rank, header] of headers.entries()) {
    const state = alike.map((field) => header[field]).join(' ');
    const ranks = ranksByState.get(state);
    if (ranks === undefined) ranksByState.set(state, [rank]);
    else ranks.push(rank);
  }
  const groups = [...ranksByState.values()].sort((one, other) => other.length - one.length);
  const [largest = [], next = []] = groups;
  const others = groups.slice(1).flat();
  const who =
    largest.length > next.length
      ? `${nameRanks(others)} ${others.length === 1 ? 'has' : 'have'} other parameters than the other ranks`
      : `the parameters of ${groups.map(nameRanks).join(' and of ')} differ`;
  return new RunError(
    `${who} after step ${globalStep}.`,
    'The processor or the memory of a machine may be faulty. Go on without it: lockstep train --resume RUN takes any number of ranks.',
  );
}

function nameRanks(ranks: readonly number[]): string {
  const sorted = [...ranks].sort((one, other) => one - other);
  return `${sorted.length === 1 ? 'rank' : 'ranks'} ${sorted.join(', ')}`;
}
