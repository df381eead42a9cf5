import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a setup script puts in place: `tensorflow` by `npm run setup:cuda`, `webgpu` by `npm run setup:webgpu`. */
export type OptionalPart = 'tensorflow' | 'webgpu';

/** The package that makes up a part; the others of the part are found from it. */
const mainPackages: Readonly<Record<OptionalPart, string>> = {
  tensorflow: '@tensorflow/tfjs-node-gpu',
  webgpu: '@tensorflow/tfjs-backend-webgpu',
};

/** The record that a setup script leaves in a part's folder. */
export const partRecordName = 'lockstep-part.json';

/** What a part's folder holds, as its setup script wrote it down. */
export interface PartRecord {
  part: OptionalPart;
  /** What was asked for, one entry a choice: packages and versions, and where libtensorflow comes from. */
  contents: Readonly<Record<string, string>>;
  /** What was found out on the way, such as `tensorflow` (its version) and the SHA-256 of a wheel. */
  details: Readonly<Record<string, string>>;
  /** SHA-256 over the paths and bytes of all other files in the folder. */
  sha256: string;
}

/**
 * A folder of our own beside node_modules, which npm neither prunes nor replaces on `npm ci`; the path is the same seen
 * from src/worker/tfjs and from dist/worker/tfjs.
 */
export const partsFolder = fileURLToPath(new URL('../../../.devices/', import.meta.url));

/** The record of a part that a setup script put in place; undefined where none did. */
export function readPartRecord(part: OptionalPart, folder: string = partsFolder): PartRecord | undefined {
  const file = join(folder, part, partRecordName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PartRecord) : undefined;
}

/**
 * A `require` by which the packages of a part find each other: those that its setup script put in place, else those that
 * the user's own project has installed as optional peers. TensorFlow.js itself (`@tensorflow/tfjs-core`) is to be loaded
 * by the same function, so that backend and library are of one copy.
 *
 * @returns undefined where neither is there
 */
export function requireOfPart(part: OptionalPart): NodeJS.Require | undefined {
  if (readPartRecord(part) !== undefined) return createRequire(join(partsFolder, part, 'package.json'));
  const ownRequire = createRequire(import.meta.url);
  try {
    ownRequire.resolve(`${mainPackages[part]}/package.json`);
    return ownRequire;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
