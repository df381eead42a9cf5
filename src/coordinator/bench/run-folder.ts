import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives a run a folder that is thrown away once its figures are read.
 * @param use told the run's folder, which is still to be made, and the one around it, for what must not lie in the run's own
 */
export async function withRunFolder<Figures>(
  use: (runDirectory: string, folder: string) => Promise<Figures>,
): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  try {
    return await use(join(folder, 'run'), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
