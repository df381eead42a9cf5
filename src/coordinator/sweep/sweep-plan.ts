import { dirname, resolve } from 'node:path';
import type { Config } from '../../shared/config.ts';
import { ConfigError } from '../../shared/errors.ts';
import { type ConfigSource, readPreset, readSettings } from '../config/config-sources.ts';
import { resolveSettings } from '../config/resolve-config.ts';
import { type Configuration, countConfigurations, listConfigurations, notOfARun } from './configurations.ts';
import type { SettingValue, SweepFile } from './sweep-file.ts';

/** More would be a mistake in writing, or take years. */
const mostRuns = 10_000;

/** One training of a sweep. */
export interface PlannedRun {
  configuration: Configuration;
  /** All that it is told, but its place. */
  config: Config;
  /** Whether something says how many workers; else `config.workers` is a guess. */
  setsWorkers: boolean;
  tensorboard: boolean;
  /** Path in the folder of the sweep. */
  folder: string;
}

/** Everything that a sweep is to do. */
export interface SweepPlan {
  name: string;
  /** What tells the configurations apart: `run`, if they have names, and the settings of the grid. */
  axes: readonly string[];
  configurations: readonly Configuration[];
  /** The first seed of all configurations, then the second: all can be compared early. */
  runs: readonly PlannedRun[];
  /** The same sweep with all that was found elsewhere, to be kept. */
  stored: Omit<SweepFile, 'path'>;
}

/** What is said elsewhere than in the file of the sweep. */
export interface SweepSurroundings {
  /** They override all else. */
  flags: ConfigSource;
  /** Overrides the base, and is overridden by the grid and the runs. */
  environment: ConfigSource;
  /** Of a run, where nothing says it. */
  workers: number;
}

/**
 * Combines each configuration with each seed.
 * @throws ConfigError with a line for each problem of all of them
 */
export function planSweep(file: SweepFile, { flags, environment, workers }: SweepSurroundings): SweepPlan {
  refuseTooMany(file);
  const problems = new Set<string>();
  const base = collect(problems, () => readBase(file)) ?? { values: new Map(), problems: [] };
  const [given, surrounding, common] = [flags, environment, base].map((source) => {
    for (const problem of source.problems) problems.add(problem);
    return withoutPlace(source, problems);
  }) as [ConfigSource, ConfigSource, ConfigSource];
  const { configurations, axes, problems: ownProblems } = listConfigurations(file);
  for (const problem of ownProblems) problems.add(problem);
  const runs = (file.seeds ?? [undefined]).flatMap((seed) =>
    configurations.flatMap((configuration) => {
      const seedSource = readSettings({ seed }, `${file.path}, seeds`);
      const sources = [given, seedSource, ...configuration.sources, surrounding, common];
      const settings = collect(problems, () => resolveSettings(sources, workers));
      if (settings === undefined) return [];
      const { config, observation } = settings;
      return {
        configuration,
        config,
        setsWorkers: sources.some(({ values }) => values.has('workers')),
        tensorboard: observation.tensorboard,
        folder: `${configuration.folder}/seed-${config.seed}`,
      };
    }),
  );
  if (problems.size > 0) throw new ConfigError([...problems]);
  const { path: _, ...rest } = file;
  const stored = { ...rest, base: valuesOf([given, surrounding, common]) };
  return { name: file.name, axes, configurations, runs, stored };
}

function refuseTooMany(file: SweepFile): void {
  const count = countConfigurations(file) * (file.seeds?.length ?? 1);
  if (count <= mostRuns) return;
  throw new ConfigError([`a sweep has at most ${mostRuns} runs, and ${file.path} asks for ${count}.`]);
}

function readBase({ base, path }: SweepFile): ConfigSource {
  if (typeof base !== 'string') return readSettings(base ?? {}, `${path}, base`);
  return readPreset(resolve(dirname(path), base), 'base');
}

/** @returns undefined where it fails, with what is wrong among the problems: it may be the same for many runs */
function collect<Result>(problems: Set<string>, read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) problems.add(problem);
    return undefined;
  }
}

/** A source whose problems were told, without a folder for the run. */
function withoutPlace({ values }: ConfigSource, problems: Set<string>): ConfigSource {
  const place = values.get('runDir');
  if (place !== undefined) problems.add(`runDir cannot be set in ${place.source}: ${notOfARun.runDir}`);
  return { values: new Map([...values].filter(([key]) => key !== 'runDir')), problems: [] };
}

/** As a base; the number of workers is left to each call. */
function valuesOf(sources: readonly ConfigSource[]): Record<string, SettingValue> {
  const entries = sources
    .toReversed()
    .flatMap(({ values }) => [...values].map(([key, { value }]) => [key, value as SettingValue] as const));
  return Object.fromEntries(entries);
}
