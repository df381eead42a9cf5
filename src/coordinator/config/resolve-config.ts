import type { z } from 'zod';
import {
  type CollectiveSettings,
  collectiveFields,
  collectiveSchema,
} from '../../shared/collective-settings.ts';
import { type Config, configFields, configSchema } from '../../shared/config.ts';
import { ConfigError } from '../../shared/errors.ts';
import { type Observation, observationFields, observationSchema } from '../../shared/observation.ts';
import type { SettingField } from '../../shared/setting-field.ts';
import type { ConfigSource, SettingKey, SourcedValue } from './config-sources.ts';

/** Batch normalization takes its statistics over a micro-batch; the kernels hold 16 samples at a time. */
const largestNormalizedBatch = 16;

/** What all sources together say. */
export interface Settings {
  config: Config;
  observation: Observation;
}

/**
 * Merges sources, the first named winning, over the defaults.
 * @param sources flags, environment, preset
 * @param defaultWorkers the cores available
 * @throws ConfigError with one line for each problem of all sources
 */
export function resolveSettings(sources: readonly ConfigSource[], defaultWorkers: number): Settings {
  const problems = sources.flatMap((source) => source.problems);
  const given = merge(sources);
  if (!given.has('workers')) given.set('workers', { value: defaultWorkers, source: 'the cores available' });

  const config = parse(configSchema, configFields, given, problems);
  const observation = parse(observationSchema, observationFields, given, problems);
  parse(collectiveSchema, collectiveFields, given, problems);
  if (config !== undefined && config.microBatch > config.batchSize) {
    const { microBatch, batchSize } = config;
    problems.push(`microBatch must be at most batchSize (${batchSize}), got ${microBatch}.`);
  }
  if (config?.batchNorm && config.microBatch > largestNormalizedBatch) {
    problems.push(
      `microBatch must be at most ${largestNormalizedBatch} with batchNorm, got ${config.microBatch}.`,
    );
  }
  if (problems.length > 0 || config === undefined || observation === undefined) {
    throw new ConfigError(problems);
  }
  return { config, observation };
}

/** How to find the other processes of the run; to be known before anything else is. @throws ConfigError */
export function resolveCollective(sources: readonly ConfigSource[]): CollectiveSettings {
  const problems: string[] = [];
  const settings = parse(collectiveSchema, collectiveFields, merge(sources), problems);
  if (settings === undefined) throw new ConfigError(problems);
  return settings;
}

/** The first source that says something wins. */
function merge(sources: readonly ConfigSource[]): Map<SettingKey, SourcedValue> {
  const given = new Map<SettingKey, SourcedValue>();
  for (const source of sources.toReversed()) {
    for (const [key, sourced] of source.values) given.set(key, sourced);
  }
  return given;
}

/** The settings of the run alone, see `resolveSettings`. */
export function resolveConfig(sources: readonly ConfigSource[], defaultWorkers: number): Config {
  return resolveSettings(sources, defaultWorkers).config;
}

/** Parses the values that belong to the schema; undefined, with a line for each in `problems`, where some are wrong. */
function parse<Schema extends z.ZodObject>(
  schema: Schema,
  fields: readonly SettingField<SettingKey>[],
  given: ReadonlyMap<SettingKey, SourcedValue>,
  problems: string[],
): z.infer<Schema> | undefined {
  const sourced = fields.flatMap((field) => {
    const value = given.get(field.key);
    return value === undefined ? [] : [{ field, ...value }];
  });
  const parsed = schema.safeParse(Object.fromEntries(sourced.map(({ field, value }) => [field.key, value])));
  const faulty = new Set(parsed.error?.issues.map((issue) => issue.path[0]));
  for (const { field, value, source } of sourced) {
    if (!faulty.has(field.key)) continue;
    problems.push(`${field.key} must be ${field.expected}, got ${shown(value)} (${source}).`);
  }
  return parsed.data;
}

/** A URL's user and password are nobody's business. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).replace(/\/\/[^/@"]*@/, '//…@');
}
