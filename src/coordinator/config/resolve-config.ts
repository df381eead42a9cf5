import { type Config, type ConfigKey, configFields, configSchema } from '../../shared/config.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { ConfigSource, SourcedValue } from './config-sources.ts';

/**
 * Merges sources, the first named winning, over the defaults.
 * @param sources flags, environment, preset
 * @param defaultWorkers the cores available
 * @throws ConfigError with one line for each problem of all sources
 */
export function resolveConfig(sources: readonly ConfigSource[], defaultWorkers: number): Config {
  const problems = sources.flatMap((source) => source.problems);
  const given = new Map<ConfigKey, SourcedValue>();
  for (const source of sources.toReversed()) {
    for (const [key, sourced] of source.values) given.set(key, sourced);
  }
  if (!given.has('workers')) given.set('workers', { value: defaultWorkers, source: 'the cores available' });

  const candidate = Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
  const parsed = configSchema.safeParse(candidate);
  const faulty = new Set(parsed.error?.issues.map((issue) => issue.path[0]));
  for (const field of configFields) {
    const sourced = given.get(field.key);
    if (!faulty.has(field.key) || sourced === undefined) continue;
    const got = JSON.stringify(sourced.value) ?? String(sourced.value);
    problems.push(`${field.key} must be ${field.expected}, got ${got} (${sourced.source}).`);
  }
  const config = parsed.data;
  if (config !== undefined && config.microBatch > config.batchSize) {
    const { microBatch, batchSize } = config;
    problems.push(`microBatch must be at most batchSize (${batchSize}), got ${microBatch}.`);
  }
  if (problems.length > 0 || config === undefined) throw new ConfigError(problems);
  return config;
}
