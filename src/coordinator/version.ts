import { readFileSync } from 'node:fs';

/** The path is the same seen from src/coordinator and from dist/coordinator. */
const packageFile = new URL('../../package.json', import.meta.url);

export const lockstepVersion = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;

/** What a result may depend on, if the promise were broken: kept with every run. */
export interface Versions {
  lockstep: string;
  node: string;
  v8: string;
  platform: string;
}

export function currentVersions(): Versions {
  const { node, v8 } = process.versions;
  return { lockstep: lockstepVersion, node, v8, platform: `${process.platform}-${process.arch}` };
}
