import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { settingFields } from '../../src/coordinator/config/config-sources.ts';

const document = readFileSync('docs/settings.md', 'utf8');

/** The first two columns of all tables: flag, and default. */
const rows = new Map(
  document.split('\n').flatMap((line) => {
    const [, flag, shown] = line.match(/^\| `(--[a-z-]+)[^`]*`[^|]* \|([^|]*)\|/) ?? [];
    return flag === undefined ? [] : [[flag, (shown as string).trim()] as const];
  }),
);

describe('docs/settings.md', () => {
  test('lists every setting of the command line once, and nothing else', () => {
    const flags = settingFields.map(({ flag }) => flag);
    expect([...rows.keys()].sort()).toEqual([...flags].sort());
  });

  test.each(
    settingFields.filter(
      ({ defaultValue }) => typeof defaultValue === 'number' || typeof defaultValue === 'string',
    ),
  )('tells the default of $flag', ({ flag, defaultValue }) => {
    expect(rows.get(flag)?.replaceAll('`', '')).toBe(String(defaultValue));
  });
});
