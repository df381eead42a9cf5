import { basename, extname } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../shared/errors.ts';
import { readMapping } from '../config/config-sources.ts';
import { suggestNearest } from '../config/nearest-name.ts';

/** What may become the name of a folder. */
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._+=-]{0,59}$/u;
const expectedName = 'a name of up to 60 letters, digits, spaces and . _ + = -, with a letter or digit first';

const setting = z.union([z.string(), z.number(), z.boolean()], {
  error: 'a number, a text, true or false',
});
const settings = z.record(z.string(), setting, { error: 'a mapping of settings' });
const name = z.string({ error: expectedName }).regex(namePattern, { error: expectedName });

/** Each error completes "… must be". */
const schema = z.strictObject({
  name: name.optional(),
  base: z
    .union([z.string().min(1), settings], { error: 'the path of a preset, or a mapping of settings' })
    .optional(),
  seeds: z
    .array(z.int({ error: 'a whole number' }), { error: 'a list of whole numbers like [0, 1, 2]' })
    .min(1, { error: 'a list of at least one seed' })
    .refine((seeds) => new Set(seeds).size === seeds.length, { error: 'a list of different seeds' })
    .optional(),
  grid: z
    .record(
      z.string(),
      z
        .array(setting, { error: 'a list of values like [0.001, 0.002]' })
        .min(1, { error: 'a list of at least one value' }),
      { error: 'a mapping of settings to lists of values' },
    )
    .optional(),
  runs: z
    .array(z.looseObject({ name }, { error: 'a mapping with a name, and settings' }).catchall(setting), {
      error: 'a list of mappings, each with a name, and settings',
    })
    .min(1, { error: 'a list of at least one run' })
    .optional(),
});

export type SettingValue = z.infer<typeof setting>;

/** A sweep as its file says it. */
export interface SweepFile extends Omit<z.infer<typeof schema>, 'name'> {
  /** By default the name of the file. */
  name: string;
  /** Of the file, for errors, and for what it names. */
  path: string;
}

/**
 * Reads the file of a sweep; whether its settings are right, only the plan tells.
 * @throws ConfigError with a line for each problem
 */
export function readSweepFile(path: string): SweepFile {
  const content = readMapping(path, 'the sweep', 'docs/sweep.md shows what such a file looks like.');
  const parsed = schema.safeParse(content);
  if (parsed.success) return { ...parsed.data, name: parsed.data.name ?? nameOf(path), path };
  throw new ConfigError(
    parsed.error.issues.flatMap((issue) => describeIssue(issue, content, path)),
    'docs/sweep.md shows what such a file looks like.',
  );
}

function describeIssue(issue: z.core.$ZodIssue, content: unknown, path: string): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `unknown key "${key}" in ${path}${suggestNearest(key, Object.keys(schema.shape))}`,
    );
  }
  const where = issue.path
    .map((key, depth) => (typeof key === 'number' ? `[${key}]` : `${depth === 0 ? '' : '.'}${String(key)}`))
    .join('');
  const value = issue.path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key],
    content,
  );
  return [`${where} must be ${issue.message}, got ${shorten(JSON.stringify(value) ?? 'nothing')} (${path}).`];
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The file's own name, without what no folder's may have. */
function nameOf(path: string): string {
  const plain = basename(path, extname(path))
    .replaceAll(/[^\p{L}\p{N} ._+=-]/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, 60);
  return plain === '' ? 'sweep' : plain;
}
