import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '../../shared/config.ts';
import { ConfigError, RunError } from '../../shared/errors.ts';
import { writeFileAtomically } from '../atomic-file.ts';
import { lockstepVersion } from '../version.ts';

/** Files of a run's folder. */
export const runFiles = {
  config: 'config.yaml',
  history: 'history.csv',
  best: 'best.safetensors',
  result: 'result.json',
  curves: 'curves',
} as const;

/**
 * Creates the folder of a new run and writes its config.yaml.
 * @returns the folder's path: `config.runDir`, or runs/<time>-<seed> with a number behind it where that is taken
 * @throws ConfigError when `config.runDir` already holds something, RunError when it cannot be written
 */
export async function createRunDirectory(config: Config, now: Date): Promise<string> {
  const directory = config.runDir ?? (await freeDefaultDirectory(now, config.seed));
  try {
    await mkdir(directory, { recursive: true });
    if ((await readdir(directory)).length > 0) throw occupied(directory);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunError(
      `the run folder ${directory} cannot be made: ${reason}.`,
      'Choose another --run-dir.',
      cause,
    );
  }
  await writeFileAtomically(join(directory, runFiles.config), formatConfig(config));
  return directory;
}

/** Refuses a folder that `createRunDirectory` would refuse, before anything expensive is begun. */
export async function checkRunDirectory(config: Config): Promise<void> {
  if (config.runDir !== undefined && (await entriesOf(config.runDir)) > 0) throw occupied(config.runDir);
}

function occupied(directory: string): ConfigError {
  return new ConfigError([`runDir must be a new or empty folder, got ${directory}, which holds files.`]);
}

async function freeDefaultDirectory(now: Date, seed: number): Promise<string> {
  // Swedish writes local times as 2026-11-24 10:52:03.
  const time = now.toLocaleString('sv-SE').replace(/[-:]/g, '').replace(' ', '-');
  const base = join('runs', `${time}-${seed}`);
  let candidate = base;
  for (let number = 2; (await entriesOf(candidate)) > 0; number++) candidate = `${base}-${number}`;
  return candidate;
}

/** 0 for a folder that is empty or not there. */
async function entriesOf(directory: string): Promise<number> {
  try {
    return (await readdir(directory)).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw new ConfigError([
      `runDir must be a new or empty folder, got ${directory} (${(error as Error).message}).`,
    ]);
  }
}

/** All that the run resolved to, but its own place, so that the file serves as a preset for another run. */
function formatConfig(config: Config): string {
  const { runDir: _, ...settings } = config;
  return `# What this run resolved to (lockstep ${lockstepVersion}).\n# Again: lockstep train --config THIS_FILE\n${stringify(settings)}`;
}
