import { availableParallelism, cpus } from 'node:os';
import type { Collective } from './collective.ts';

/**
 * What to tell where a launcher has bound this rank to fewer cores than it has workers: Open MPI binds each of one or two ranks to
 * a single core, if it is not told otherwise.
 */
export function describeBinding(workers: number, { rank, library }: Collective): string | undefined {
  const available = availableParallelism();
  if (rank.size === 1 || available >= cpus().length || workers <= available) return undefined;
  return `${library} has bound rank ${rank.rank} to ${available} of ${cpus().length} cores, for ${workers} workers; mpirun --bind-to none lets it use all.`;
}
