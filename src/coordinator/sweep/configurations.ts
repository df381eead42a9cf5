import { basename } from 'node:path';
import { configFields } from '../../shared/config.ts';
import { type ConfigSource, readSettings } from '../config/config-sources.ts';
import type { SettingValue, SweepFile } from './sweep-file.ts';

/** What a sweep trains once for each seed. */
export interface Configuration {
  /** For a reader: `wide, learningRate 0.001`. */
  label: string;
  /** Its values along the axes of the plan, for a table. */
  values: readonly string[];
  /** In the folder of the sweep. */
  folder: string;
  /** What its settings are read from, without problems. */
  sources: readonly ConfigSource[];
}

type NamedRun = NonNullable<SweepFile['runs']>[number];
type GridPoint = Readonly<Record<string, SettingValue>>;

/** Longest name that all file systems take, less the suffix of a file beside it. */
const longestFolder = 240;

/** Why a setting that a run has is not to be set for one run of a sweep. */
export const notOfARun = {
  seed: 'list the seeds under "seeds".',
  runDir: 'each run of a sweep has a folder of its own below --output.',
} as const;
const ownFields = configFields.filter(({ key }) => !(key in notOfARun));

/** Without listing them. */
export function countConfigurations({ runs, grid = {} }: SweepFile): number {
  return Object.values(grid).reduce((count, values) => count * values.length, runs?.length ?? 1);
}

/** Each of the runs (or one, without a name) at each point of the grid (or at one, without values). */
export function listConfigurations(file: SweepFile): {
  axes: string[];
  configurations: Configuration[];
  problems: string[];
} {
  const { path, runs, grid = {} } = file;
  const problems = new Set(describeClashes(file));
  const read = (settings: Readonly<Record<string, SettingValue>>, origin: string): ConfigSource => {
    const source = readOwnSettings(settings, origin);
    for (const problem of source.problems) problems.add(problem);
    return { ...source, problems: [] };
  };
  const points = listPoints(grid).map((point) => ({ point, source: read(point, `${path}, grid`) }));
  const configurations = (runs ?? [undefined]).flatMap((run) => {
    const { name = '', ...settings } = run ?? ({} as Partial<NamedRun>);
    const source = read(settings as Record<string, SettingValue>, `${path}, run "${name}"`);
    return points.map((each) => ({
      ...nameConfiguration(run?.name, each.point, file.name),
      sources: [each.source, source],
    }));
  });
  for (const problem of describeFolders(configurations, path)) problems.add(problem);
  return {
    axes: [...(runs === undefined ? [] : ['run']), ...Object.keys(grid)],
    configurations,
    problems: [...problems],
  };
}

/** The product, the last setting changing fastest. */
function listPoints(grid: NonNullable<SweepFile['grid']>): GridPoint[] {
  return Object.entries(grid).reduce<GridPoint[]>(
    (points, [key, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [key]: value }))),
    [{}],
  );
}

function readOwnSettings(settings: Readonly<Record<string, SettingValue>>, origin: string): ConfigSource {
  const own = Object.entries(settings).filter(([key]) => !(key in notOfARun));
  const source = readSettings(Object.fromEntries(own), origin, ownFields);
  for (const key of Object.keys(notOfARun) as (keyof typeof notOfARun)[]) {
    if (key in settings) source.problems.push(`${key} cannot be set in ${origin}: ${notOfARun[key]}`);
  }
  return source;
}

/** Settings that would be given twice. */
function describeClashes({ runs = [], grid = {}, path }: SweepFile): string[] {
  return runs.flatMap((run) =>
    Object.keys(run)
      .filter((key) => key in grid)
      .map((key) => `${key} is given twice, in the grid and in run "${run.name}" (${path}).`),
  );
}

function nameConfiguration(
  run: string | undefined,
  point: GridPoint,
  sweep: string,
): Pick<Configuration, 'label' | 'values' | 'folder'> {
  const name = run === undefined ? [] : [run];
  const entries = Object.entries(point).map(([key, value]) => [key, String(value)] as const);
  // A sweep over seeds alone has one configuration, without a name of its own.
  if (run === undefined && entries.length === 0)
    return { label: sweep, values: [], folder: folderName(sweep) };
  return {
    label: [...name, ...entries.map(([key, value]) => `${key} ${value}`)].join(', '),
    values: [...name, ...entries.map(([, value]) => value)],
    folder: [
      ...name.map(folderName),
      ...entries.map(([key, value]) => `${key}=${folderName(basename(value))}`),
    ].join(','),
  };
}

/** What no folder's name may have, or no shell takes as it is, becomes a hyphen. */
export function folderName(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}._+=-]/gu, '-');
}

/** Each must have a folder of its own; some file systems know no difference between capital and small letters. */
function describeFolders(configurations: readonly Configuration[], path: string): string[] {
  const labels = new Map<string, string>();
  return configurations.flatMap(({ label, folder }) => {
    const same = labels.get(folder.toLowerCase());
    labels.set(folder.toLowerCase(), label);
    if (same !== undefined)
      return `"${same}" and "${label}" would have the same folder, ${folder} (${path}).`;
    if (folder.length <= longestFolder) return [];
    return `"${label}" makes too long a name for a folder (${path}): name it under "runs" instead.`;
  });
}
