import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '../../shared/config.ts';
import { ConfigError, RunError } from '../../shared/errors.ts';
import { isTemporaryFile, removeTemporaryFiles, writeFileAtomically } from '../atomic-file.ts';
import { makeNumberedFolder, timestamp } from '../numbered-folder.ts';
import { lockstepVersion } from '../version.ts';
import { runFiles } from './run-files.ts';
import { lockRunDirectory, type RunLock } from './run-lock.ts';

/** A run's folder that this process alone writes to. */
export interface RunDirectory {
  path: string;
  lock: RunLock;
}

/**
 * Creates and locks the folder of a new run.
 * @returns `config.runDir`, or runs/<time>-<seed> with a number behind it where that is taken
 * @throws ConfigError when `config.runDir` already holds something, RunError when it cannot be made or is locked
 */
export async function createRunDirectory(config: Config, now: Date): Promise<RunDirectory> {
  let path: string;
  try {
    path = config.runDir ?? (await makeDefaultFolder(now, config.seed));
    await mkdir(path, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunError(
      `the run folder ${config.runDir ?? 'below runs/'} cannot be made: ${reason}.`,
      'Choose another --run-dir.',
      cause,
    );
  }
  const lock = await lockRunDirectory(path);
  try {
    // Once more under the lock: another process may have been faster.
    await refuseOccupied(path);
    await removeTemporaryFiles(path);
    await writeRunConfig(path, config);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return { path, lock };
}

/** Refuses a folder that `createRunDirectory` would refuse, before anything expensive is begun; @throws as it does */
export async function checkRunDirectory({ runDir }: Config): Promise<void> {
  if (runDir === undefined || (await entriesOf(runDir)) === 0) return;
  // Where a run is under way, that is the thing to tell.
  const lock = await lockRunDirectory(runDir);
  await lock.release();
  await refuseOccupied(runDir);
}

/** Writes all that the run resolved to, but its own place, so that the file serves as a preset for another run. */
export async function writeRunConfig(path: string, config: Config): Promise<void> {
  const { runDir: _, ...settings } = config;
  const header = `# What this run resolved to (lockstep ${lockstepVersion}).\n# Again: lockstep train --config THIS_FILE\n`;
  await writeFileAtomically(join(path, runFiles.config), `${header}${stringify(settings)}`);
}

async function makeDefaultFolder(now: Date, seed: number): Promise<string> {
  await mkdir('runs', { recursive: true });
  return makeNumberedFolder(join('runs', `${timestamp(now)}-${seed}`));
}

async function refuseOccupied(path: string): Promise<void> {
  if ((await entriesOf(path)) === 0) return;
  throw new ConfigError(
    [`runDir must be a new or empty folder, got ${path}, which holds files.`],
    `To go on with the run in it: lockstep train --resume ${path}`,
  );
}

/** 0 for a folder that is not there, or empty but for what a run left that was killed before its first file was written. */
async function entriesOf(path: string): Promise<number> {
  try {
    return (await readdir(path)).filter((name) => !isTemporaryFile(name)).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw new ConfigError([
      `runDir must be a new or empty folder, got ${path} (${(error as Error).message}).`,
    ]);
  }
}
