import { readFileSync } from 'node:fs';
import type { Versions } from '../src/coordinator/version.ts';

/**
 * What was measured. Read from the root of the repository, where benchmarks are run: seen from build/, the package's own file is
 * elsewhere than seen from dist/.
 */
export function benchVersions(): Versions {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const { node, v8 } = process.versions;
  return { lockstep: version, node, v8, platform: `${process.platform}-${process.arch}` };
}
