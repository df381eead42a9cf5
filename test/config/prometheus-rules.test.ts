import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const folder = fileURLToPath(new URL('../../config/prometheus/', import.meta.url));
const ruleFiles = readdirSync(folder).filter((name) => name.endsWith('.rules.yml'));
const unitTests = readdirSync(`${folder}/tests`).filter((name) => name.endsWith('.test.yml'));

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
const skipReason = hasPromtool ? '' : ' (skips: promtool is not installed)';

/** @returns what it printed, where it found fault; nothing where it did not */
function promtool(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync('promtool', words, { cwd: folder, encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

/** Names of the alerts under a key, at any depth. */
function alertsIn(path: string, key: 'alert' | 'alertname'): Set<string> {
  const names = new Set<string>();
  JSON.stringify(parse(readFileSync(`${folder}/${path}`, 'utf8')), (name, value: unknown) => {
    if (name === key) names.add(value as string);
    return value;
  });
  return names;
}

describe('the alert rules', () => {
  test.skipIf(!hasPromtool)(`are valid, with the configuration that names them${skipReason}`, () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toBe('');
    expect(promtool('check', 'rules', ...ruleFiles)).toBe('');
  });

  test.skipIf(!hasPromtool).each(unitTests)(
    `fire when they should, and not when they should not: %s${skipReason}`,
    (file) => {
      expect(promtool('test', 'rules', `tests/${file}`)).toBe('');
    },
  );

  test.each(ruleFiles)('have a unit test each: %s', (file) => {
    const tested = alertsIn(`tests/${file.replace('.rules.yml', '.test.yml')}`, 'alertname');
    expect(tested).toEqual(alertsIn(file, 'alert'));
  });
});
