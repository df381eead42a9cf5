import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cliPath } from './cli-process.ts';

/** Makes the built command line a program `lockstep`, as `npm link` does, in the folder's `bin`. */
export function commandOnPath(folder: string): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  // The compiler writes files that cannot be executed; npm makes a package's commands executable when it links them.
  chmodSync(cliPath, 0o755);
  symlinkSync(cliPath, join(bin, 'lockstep'));
}
