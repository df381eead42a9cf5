import { basename } from 'node:path';
import { type Config, configFields } from '../../shared/config.ts';
import type { EpochPoint, RunEnvironment, RunView } from '../../shared/run-view.ts';
import { currentMachine } from '../machine.ts';
import type { EpochRecord } from '../run/history.ts';
import { currentVersions } from '../version.ts';

/** Paths of this machine: whoever looks at a run need not know them. */
const paths: ReadonlySet<keyof Config> = new Set(['data', 'runDir']);

export function describeConfig(config: Config): Pick<RunView, 'config' | 'defaults'> {
  const entries = Object.entries(config)
    .filter(([key, value]) => value !== undefined && !paths.has(key as keyof Config))
    .map(([key, value]) => [key, key === 'init' ? basename(String(value)) : value]);
  const defaults = configFields.filter(({ key, defaultValue }) => config[key] === defaultValue);
  return {
    config: Object.fromEntries(entries) as RunView['config'],
    defaults: defaults.filter(({ key }) => config[key] !== undefined).map(({ key }) => key),
  };
}

export function currentEnvironment(): RunEnvironment {
  return { ...currentVersions(), ...currentMachine() };
}

/** The first line of an error's message, with nothing but the last parts of the paths in it. */
export function describeFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return withoutPaths(message.split('\n')[0] as string);
}

/** Leaves of each absolute path its last part. */
export function withoutPaths(text: string): string {
  return text.replaceAll(/(?:file:\/\/)?(?:[A-Za-z]:)?(?:[\\/][^\\/\s:'"]+)+[\\/]([^\\/\s:'"]+)/g, '$1');
}

/** Most epochs of a view; the curves of more would be no finer on any screen. */
const epochLimit = 1000;

/** The rows of a history that a view shows: evenly spaced ones, and the last. */
export function thinHistory(history: readonly EpochRecord[]): EpochRecord[] {
  let stride = 1;
  while (history.length / stride > epochLimit) stride *= 2;
  return history.filter((row, index) => index % stride === 0 || row === history.at(-1));
}

/** A row without its hash: a view has one, of the last epoch. */
export function epochPoint({ weightsSha256: _, ...row }: EpochRecord): EpochPoint {
  return row;
}
