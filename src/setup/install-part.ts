import { mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RunError } from '../shared/errors.ts';
import {
  type OptionalPart,
  type PartRecord,
  partRecordName,
  readPartRecord,
} from '../worker/tfjs/optional-parts.ts';
import { folderDigest } from './folder-digest.ts';
import { formatBytes } from './format-bytes.ts';

export interface PartPlan {
  part: OptionalPart;
  /** The folder of all parts. */
  partsFolder: string;
  /** What is wanted: two plans with the same contents end in the same part. */
  contents: Readonly<Record<string, string>>;
  /** Bytes that the work takes on the disk at most. */
  requiredBytes: number;
  /**
   * Fills an empty folder with the part, and sees that it works.
   * @returns what is known only now, for the record
   */
  build(workFolder: string): Promise<Readonly<Record<string, string>>>;
  onStep(text: string): void;
}

/**
 * Puts a part in place, or finds by its content that it is there already. All work is done in a folder beside the
 * target, which a rename puts in the target's place at the end: whoever looks finds the old part or the new one, whole.
 * What a killed run has left is removed by the next one.
 *
 * @returns whether there was anything to do
 * @throws RunError when the disk is too small; whatever `build` throws, with nothing changed
 */
export async function installPart(plan: PartPlan): Promise<boolean> {
  const { part, partsFolder, contents, onStep } = plan;
  await mkdir(partsFolder, { recursive: true });
  await tidyUp(partsFolder, part);
  if (await isInPlace(plan)) return false;
  await requireSpace(partsFolder, plan.requiredBytes);
  const suffix = `${hostname()}-${process.pid}`;
  const workFolder = join(partsFolder, `${part}.new-${suffix}`);
  try {
    await mkdir(workFolder);
    const details = await plan.build(workFolder);
    const record: PartRecord = {
      part,
      contents,
      details,
      sha256: await folderDigest(workFolder, [partRecordName]),
    };
    await writeFile(join(workFolder, partRecordName), `${JSON.stringify(record, undefined, 2)}\n`);
    await exchange(workFolder, join(partsFolder, part), join(partsFolder, `${part}.old-${suffix}`));
  } catch (error) {
    onStep('Removing what was begun');
    await rm(workFolder, { recursive: true, force: true });
    throw error;
  }
  return true;
}

async function isInPlace({ part, partsFolder, contents, onStep }: PartPlan): Promise<boolean> {
  const record = readRecord(part, partsFolder);
  if (record === undefined) return false;
  const differing = Object.keys({ ...record.contents, ...contents }).filter(
    (key) => record.contents[key] !== contents[key],
  );
  if (differing.length > 0) {
    const change = differing.map(
      (key) => `${key} ${record.contents[key] ?? 'none'} -> ${contents[key] ?? 'none'}`,
    );
    onStep(`Replacing what is there: ${change.join(', ')}`);
    return false;
  }
  onStep(`Comparing what is there with its checksum`);
  if ((await folderDigest(join(partsFolder, part), [partRecordName])) === record.sha256) return true;
  onStep('Its files are not those that were put in place: doing it again');
  return false;
}

/** A record that cannot be read is no record: its folder is replaced. */
function readRecord(part: OptionalPart, partsFolder: string): PartRecord | undefined {
  try {
    return readPartRecord(part, partsFolder);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Both folders are whole; between the two renames there is none in place, and `tidyUp` puts the old one back. */
async function exchange(workFolder: string, target: string, aside: string): Promise<void> {
  await rename(target, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(workFolder, target);
  await rm(aside, { recursive: true, force: true });
}

/** Removes the folders of runs that were killed on this machine; those of other runs that go on stay. */
async function tidyUp(partsFolder: string, part: OptionalPart): Promise<void> {
  const names = await readdir(partsFolder);
  for (const name of names) {
    const match = /^(?<part>.+)\.(?<kind>new|old)-(?<host>.+)-(?<pid>\d+)$/.exec(name)?.groups;
    if (match?.['part'] !== part || match['host'] !== hostname() || isAlive(Number(match['pid']))) continue;
    if (match['kind'] === 'old' && !names.includes(part))
      await rename(join(partsFolder, name), join(partsFolder, part));
    else await rm(join(partsFolder, name), { recursive: true, force: true });
  }
}

/** Of a run that goes on: this one has only begun, so a folder with its own id is of a process before it. */
function isAlive(processId: number): boolean {
  if (processId === process.pid) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function requireSpace(folder: string, requiredBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= requiredBytes) return;
  throw new RunError(
    `${folder}: ${formatBytes(bavail * bsize)} free, expected at least ${formatBytes(requiredBytes)}.`,
    'Make room on that disk, and run the same command again.',
  );
}
