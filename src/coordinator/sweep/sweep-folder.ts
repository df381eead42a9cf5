import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Config, type ConfigKey, configFields, executionKeys } from '../../shared/config.ts';
import { ConfigError, RunError } from '../../shared/errors.ts';
import { isTemporaryFile, removeTemporaryFiles, writeFileAtomically } from '../atomic-file.ts';
import { readPreset } from '../config/config-sources.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { exists } from '../exists.ts';
import { makeNumberedFolder, timestamp } from '../numbered-folder.ts';
import { runFiles } from '../run/run-files.ts';
import { lockRunDirectory, type RunLock } from '../run/run-lock.ts';
import { folderName } from './configurations.ts';
import type { SweepPlan } from './sweep-plan.ts';

/** Files of a sweep's folder, beside a folder for each configuration. */
export const sweepFiles = {
  sweep: 'sweep.yaml',
  failures: 'failures.json',
  results: 'results',
} as const;

/** Whether a setting may differ from what was trained: no result depends on it, and a resumed run may be told otherwise. */
export function isIndifferent(key: ConfigKey): boolean {
  return executionKeys.has(key) && key !== 'device';
}

/** The default place of a sweep: sweeps/<name>-<time>, with a number behind it where that is taken. */
export async function makeSweepFolder(name: string, now: Date): Promise<string> {
  await mkdir('sweeps', { recursive: true });
  return makeNumberedFolder(join('sweeps', `${folderName(name)}-${timestamp(now)}`));
}

/**
 * Locks a folder for a sweep, refuses what in it contradicts the plan, and keeps the plan in it.
 * @param path a new or empty folder, or one that a sweep made
 * @throws ConfigError for another folder, or one whose runs are not those of the plan; RunError when it is in use
 */
export async function openSweepFolder(path: string, plan: SweepPlan): Promise<RunLock> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new RunError(
      `the folder ${path} cannot be made: ${(cause as Error).message}.`,
      anotherOutput,
      cause,
    );
  }
  const lock = await lockRunDirectory(path).catch((error: unknown) => {
    if (!(error instanceof RunError)) throw error;
    throw new RunError(error.message.replace('the run folder', 'the sweep in'), anotherOutput, error);
  });
  try {
    const entries = (await readdir(path)).filter((name) => !isTemporaryFile(name));
    if (entries.length > 0 && !entries.includes(sweepFiles.sweep)) {
      throw new ConfigError([
        `--output must be a new or empty folder, or a sweep's, got ${path}, which holds other files.`,
      ]);
    }
    await refuseContradictions(path, plan);
    await removeTemporaryFiles(path);
    await writeFileAtomically(join(path, sweepFiles.sweep), formatSweep(plan));
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}

const anotherOutput = 'Wait for it to end, or choose another --output.';

function formatSweep({ stored }: SweepPlan): string {
  return `# What this sweep consists of, with all that its base and the environment set.\n${stringify(stored)}`;
}

/** A sweep may be added to, but what was trained must be what it asks for. */
async function refuseContradictions(path: string, plan: SweepPlan): Promise<void> {
  const problems: string[] = [];
  for (const { folder, config } of plan.runs) {
    const run = join(path, folder);
    if (!(await exists(join(run, runFiles.config)))) continue;
    const trained = resolveConfig([readPreset(join(run, runFiles.config), 'the run')], 1);
    problems.push(...describeDifferences(trained, config).map((difference) => `${run}: ${difference}`));
  }
  const planned = new Set(plan.runs.map(({ folder }) => folder));
  for (const folder of await listRuns(path)) {
    if (!planned.has(folder)) problems.push(`${join(path, folder)}: the sweep has no such run any more.`);
  }
  if (problems.length === 0) return;
  throw new ConfigError(
    problems,
    'Change the sweep back, choose another --output, or delete the folders of these runs.',
  );
}

function describeDifferences(trained: Config, planned: Config): string[] {
  return configFields
    .filter(({ key }) => !isIndifferent(key) && trained[key] !== planned[key])
    .map(({ key }) => `${key}: the run has ${trained[key] ?? 'none'}, the sweep ${planned[key] ?? 'none'}.`);
}

/** Folders, as the plan has them, of all runs that were begun. */
async function listRuns(path: string): Promise<string[]> {
  const runs: string[] = [];
  for (const configuration of await readdir(path, { withFileTypes: true })) {
    if (!configuration.isDirectory()) continue;
    for (const run of await readdir(join(path, configuration.name))) {
      const folder = `${configuration.name}/${run}`;
      if (await exists(join(path, folder, runFiles.config))) runs.push(folder);
    }
  }
  return runs;
}
