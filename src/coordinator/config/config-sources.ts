import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { type CollectiveKey, collectiveFields } from '../../shared/collective-settings.ts';
import { type ConfigKey, configFields } from '../../shared/config.ts';
import { ConfigError } from '../../shared/errors.ts';
import { type ObservationKey, observationFields } from '../../shared/observation.ts';
import type { SettingField } from '../../shared/setting-field.ts';
import { suggestNearest } from './nearest-name.ts';

export type SettingKey = ConfigKey | ObservationKey | CollectiveKey;

/** All that the command line, the environment and a preset may set, in the order of the help. */
export const settingFields: readonly SettingField<SettingKey>[] = [
  ...configFields,
  ...observationFields,
  ...collectiveFields,
];

/** A value and where it was given, so that an error can say which of several places to mend. */
export interface SourcedValue {
  value: unknown;
  source: string;
}

/** What one source says; `problems` holds what it says and nobody understands. */
export interface ConfigSource {
  values: Map<SettingKey, SourcedValue>;
  problems: string[];
}

/** Reads a preset. @throws ConfigError when the file cannot be read or is not a YAML mapping. */
export function readPreset(path: string, name = '--config'): ConfigSource {
  return readSettings(readMapping(path, name, 'Presets are in the folder config/.'), path);
}

/**
 * Reads a file that holds a YAML mapping.
 * @param name what the user gave the path as, for errors
 * @param nextStep where to find such files
 * @throws ConfigError when the file cannot be read or holds something else
 */
export function readMapping(path: string, name: string, nextStep?: string): Record<string, unknown> {
  const document = parseDocument(readText(path, name, nextStep), { prettyErrors: true });
  const error = document.errors[0];
  if (error !== undefined) {
    throw new ConfigError([`${name} ${path} is not valid YAML: ${error.message.split('\n')[0]}`]);
  }
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigError([
      `${name} ${path} must hold a mapping like "epochs: 10", got ${JSON.stringify(content)}.`,
    ]);
  }
  return content as Record<string, unknown>;
}

/**
 * Takes values by key; null and undefined count as not set.
 * @param origin where they come from, for errors
 * @param fields the settings that may be given
 */
export function readSettings(
  settings: Readonly<Record<string, unknown>>,
  origin: string,
  fields: readonly SettingField<SettingKey>[] = settingFields,
): ConfigSource {
  const source: ConfigSource = { values: new Map(), problems: [] };
  const keys = fields.map((field) => field.key);
  for (const [key, value] of Object.entries(settings)) {
    const known = keys.find((each) => each === key);
    if (known === undefined)
      source.problems.push(`unknown setting "${key}" in ${origin}${suggestNearest(key, keys)}`);
    else if (value !== null && value !== undefined) source.values.set(known, { value, source: origin });
  }
  return source;
}

/** Reads LOCKSTEP_* variables; an empty one counts as not set. */
export function readEnvironment(environment: NodeJS.ProcessEnv): ConfigSource {
  const source: ConfigSource = { values: new Map(), problems: [] };
  const names = settingFields.map((field) => field.environmentVariable);
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('LOCKSTEP_') || text === undefined || text === '') continue;
    const field = settingFields.find((each) => each.environmentVariable === name);
    if (field === undefined)
      source.problems.push(`unknown environment variable "${name}"${suggestNearest(name, names)}`);
    else source.values.set(field.key, { value: parseText(text, field), source: name });
  }
  return source;
}

/** Takes flag values as the command line parsed them: texts by key, and true or false for a switch that was given. */
export function readFlags(flags: Readonly<Record<string, unknown>>): ConfigSource {
  const source: ConfigSource = { values: new Map(), problems: [] };
  for (const field of settingFields) {
    const given = flags[field.key];
    if (typeof given === 'string')
      source.values.set(field.key, { value: parseText(given, field), source: field.flag });
    else if (typeof given === 'boolean' && given !== (field.defaultValue ?? false))
      source.values.set(field.key, { value: given, source: field.flag });
  }
  return source;
}

function parseText(text: string, { kind }: SettingField): unknown {
  switch (kind) {
    case 'number':
      return readNumber(text);
    case 'switch':
      return { true: true, '1': true, false: false, '0': false }[text.trim().toLowerCase()] ?? text;
    case 'text':
      return text;
    default:
      return kind satisfies never;
  }
}

/** A number in decimal notation; any other text stays one, for the error to show. */
function readNumber(text: string): unknown {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text;
}

function readText(path: string, name: string, nextStep: string | undefined): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(cause);
    throw new ConfigError([`${name} ${path} cannot be read: ${reason}.`], nextStep);
  }
}
