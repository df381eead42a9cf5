import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliPath } from './cli-process.ts';

/** Makes the built command line a program `lockstep`, as `npm link` does, in the folder's `bin`. */
export function commandOnPath(folder: string): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'lockstep'), `#!/bin/sh\nexec '${process.execPath}' '${cliPath}' "$@"\n`, {
    mode: 0o755,
  });
}
