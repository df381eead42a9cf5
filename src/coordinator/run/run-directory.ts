import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '../../shared/config.ts';
import { ConfigError, RunError } from '../../shared/errors.ts';
import { isTemporaryFile, writeFileAtomically } from '../atomic-file.ts';
import { lockstepVersion } from '../version.ts';
import { lockRunDirectory, type RunLock } from './run-lock.ts';

/** Files of a run's folder. */
export const runFiles = {
  config: 'config.yaml',
  history: 'history.csv',
  best: 'best.safetensors',
  result: 'result.json',
  curves: 'curves',
} as const;

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
  const path = config.runDir ?? (await freeDefaultPath(now, config.seed));
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunError(
      `the run folder ${path} cannot be made: ${reason}.`,
      'Choose another --run-dir.',
      cause,
    );
  }
  const lock = await lockRunDirectory(path);
  try {
    // Once more under the lock: another process may have been faster.
    await refuseOccupied(path);
    await writeRunConfig(path, config);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return { path, lock };
}

/** Refuses a folder that `createRunDirectory` would refuse, before anything expensive is begun. */
export async function checkRunDirectory(config: Config): Promise<void> {
  if (config.runDir !== undefined) await refuseOccupied(config.runDir);
}

/** Writes all that the run resolved to, but its own place, so that the file serves as a preset for another run. */
export async function writeRunConfig(path: string, config: Config): Promise<void> {
  const { runDir: _, ...settings } = config;
  const header = `# What this run resolved to (lockstep ${lockstepVersion}).\n# Again: lockstep train --config THIS_FILE\n`;
  await writeFileAtomically(join(path, runFiles.config), `${header}${stringify(settings)}`);
}

/** Removes what an interrupted write left behind. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isTemporaryFile(name)) await rm(join(folder, name), { force: true });
  }
}

async function freeDefaultPath(now: Date, seed: number): Promise<string> {
  // Swedish writes local times as 2026-11-24 10:52:03.
  const time = now.toLocaleString('sv-SE').replace(/[-:]/g, '').replace(' ', '-');
  const base = join('runs', `${time}-${seed}`);
  let candidate = base;
  for (let number = 2; (await entriesOf(candidate)) > 0; number++) candidate = `${base}-${number}`;
  return candidate;
}

async function refuseOccupied(path: string): Promise<void> {
  if ((await entriesOf(path)) === 0) return;
  throw new ConfigError(
    [`runDir must be a new or empty folder, got ${path}, which holds files.`],
    `To go on with the run in it: lockstep train --resume ${path}`,
  );
}

/** 0 for a folder that is empty or not there. */
async function entriesOf(path: string): Promise<number> {
  try {
    return (await readdir(path)).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw new ConfigError([
      `runDir must be a new or empty folder, got ${path} (${(error as Error).message}).`,
    ]);
  }
}
