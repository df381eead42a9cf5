import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DataError, LockstepError, RunError } from '../../shared/errors.ts';
import { describeWriteFailure, removeTemporaryFiles, writeFileAtomically } from '../atomic-file.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readCheckpoint } from './checkpoint-file.ts';

/** In a run's folder. */
export const checkpointsFolder = 'checkpoints';
const namePattern = /^step-(\d{9})\.safetensors$/;

/** A checkpoint that was read, and those newer ones that could not be. */
export interface FoundCheckpoint {
  path: string;
  checkpoint: Checkpoint;
  /** The newer ones, and what is wrong with each. */
  damaged: readonly { path: string; problem: string }[];
}

/** The checkpoints of one run, in a folder of its own; the caller holds the run's lock. */
export class CheckpointStore {
  readonly #folder: string;
  readonly #keep: number;

  /** @param keep how many are kept; at least 1 */
  constructor(runDirectory: string, keep: number) {
    this.#folder = join(runDirectory, checkpointsFolder);
    this.#keep = keep;
  }

  /**
   * Writes a checkpoint under a new name, reads it back, and only then removes the oldest ones.
   * @param bytes an encoded checkpoint
   * @throws RunError when it cannot be written, or is not on the disk what was written; older ones are still there
   */
  async save(bytes: Uint8Array, globalStep: number): Promise<void> {
    const path = join(this.#folder, nameOf(globalStep));
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFileAtomically(path, bytes);
      if (!(await readFile(path)).equals(bytes)) {
        throw new RunError(
          `${path}: what was read back is not what was written.`,
          'Check the disk; older checkpoints are still there.',
        );
      }
      await this.#prune(path);
    } catch (error) {
      throw error instanceof LockstepError ? error : describeWriteFailure(path, error);
    }
  }

  /**
   * Finds the newest checkpoint that is whole.
   * @returns undefined when there has never been any
   * @throws DataError when there are some and none is whole
   */
  async newest(): Promise<FoundCheckpoint | undefined> {
    const paths = await this.#list();
    const damaged: { path: string; problem: string }[] = [];
    for (const path of paths.toReversed()) {
      try {
        return { path, checkpoint: await readNamed(path), damaged };
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        damaged.push({ path, problem: error.message });
      }
    }
    if (damaged.length === 0) return undefined;
    throw new DataError(
      `no checkpoint in ${this.#folder} is whole: ${damaged.map(({ problem }) => problem).join(' ')}`,
      'Restore one from a backup, or start a new run.',
    );
  }

  /** Gives damaged checkpoints the ending *.damaged, so that they are neither found again nor counted. */
  async setAside(damaged: FoundCheckpoint['damaged']): Promise<void> {
    for (const { path } of damaged) await setAside(path);
  }

  /** Removes what an interrupted write left behind. */
  async removeTemporaryFiles(): Promise<void> {
    await removeTemporaryFiles(this.#folder);
  }

  async #prune(newest: string): Promise<void> {
    const older = (await this.#list()).filter((path) => path !== newest);
    for (const path of older.slice(0, Math.max(0, older.length - (this.#keep - 1))))
      await rm(path, { force: true });
  }

  /** Paths in the order of their steps. */
  async #list(): Promise<string[]> {
    const names = (await entriesOf(this.#folder)).filter((name) => namePattern.test(name));
    return names.sort().map((name) => join(this.#folder, name));
  }
}

/** A checkpoint whose name fits its content: under a later step's name it would be taken for the newest for ever. */
async function readNamed(path: string): Promise<Checkpoint> {
  const checkpoint = await readCheckpoint(path);
  const expected = nameOf(checkpoint.cursor.globalStep);
  if (basename(path) === expected) return checkpoint;
  throw new DataError(`${path}: it holds another step, and should be called ${expected}.`);
}

async function setAside(path: string): Promise<void> {
  try {
    await rename(path, `${path}.damaged`);
  } catch (error) {
    throw describeWriteFailure(path, error);
  }
}

function nameOf(globalStep: number): string {
  return `step-${String(globalStep).padStart(9, '0')}.safetensors`;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new DataError(`${folder}: cannot be read: ${(error as Error).message}.`, undefined, error);
  }
}
