import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the scripts `prepare-*.sh` put what a test wants beside the project's own packages. */
export function preparedPart(name: 'arm64' | 'mpi' | 'newer-node'): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'lockstep-tests', name);
}
