import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Combination } from '../../../src/coordinator/bench/combinations.ts';
import { measureScaling } from '../../../src/coordinator/bench/scaling.ts';
import { formatScaling } from '../../../src/coordinator/bench/scaling-report.ts';
import { benchRun } from './bench-run.ts';

const one: Combination = { name: 'one', scaling: 'strong', devices: ['cpu'], workers: 1, batchSize: 128 };
const two: Combination = { ...one, name: 'two', workers: 2 };
const peak = { core: 50e9, threads: 100e9 };
const runs = new Map([
  ['one', [benchRun(10_000, { core: 50e9, threads: 50e9 })]],
  ['two', [benchRun(14_000, peak)]],
]);
const operations = () => ({ direct: 2e6, executed: 1e6 });

function format(combinations: readonly Combination[], operationsOf = operations) {
  const measured = measureScaling(combinations, runs, operationsOf);
  return stripVTControlCharacters(formatScaling(measured)).split(/\n\n/);
}

describe('formatScaling', () => {
  test('has speed, work of the direct algorithm, executed work and peak of a combination in one line', () => {
    const [heading, speeds] = format([one, two]);
    expect(heading).toMatch(/^Strong scaling/);
    expect(speeds?.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['samples/s', 'efficiency', 'direct GFLOP/s', 'of peak', 'executed GFLOP/s', 'of peak', 'peak GFLOP/s'],
      [
        'one',
        '10,000 (10,000–10,000)',
        '1.00 (1.00–1.00)',
        ...['20.0', '40.0 %', '10.0', '20.0 % (20.0 %–20.0 %)', '50.0'],
      ],
      [
        'two',
        '14,000 (14,000–14,000)',
        '0.70 (0.70–0.70)',
        ...['28.0', '28.0 %', '14.0', '14.0 % (14.0 %–14.0 %)', '100.0'],
      ],
    ]);
  });

  test('has the phases as shares of a step, and what start and workers cost', () => {
    const [, , steps, starts] = format([one, two]);
    expect(steps).toMatch(/^one +2\.00 +50\.0 % +20\.0 % +15\.0 % +10\.0 % +5\.0 %$/m);
    expect(starts).toMatch(/start-up, s +peak memory, MB +each further worker, MB/);
    expect(starts).toMatch(/^one +1\.00 \(1\.00–1\.00\) +300 \(300–300\) +–$/m);
    expect(starts).toMatch(/^two +1\.00 \(1\.00–1\.00\) +300 \(300–300\) +0 \(0–0\)$/m);
  });

  test('has a table of weak scaling of its own, and each combination once in the others', () => {
    const weak = { ...one, scaling: 'weak' as const };
    const parts = format([one, weak]);
    expect(parts.map((part) => part.split('\n')[0]?.slice(0, 4))).toEqual([
      'Stro',
      '    ',
      'Weak',
      '    ',
      '    ',
      '    ',
    ]);
    expect(parts[4]?.split('\n')).toHaveLength(2);
  });

  test('leaves out what is not known of a device', () => {
    const gpu = { ...one, name: 'gpu', devices: ['cuda:0'] };
    const measured = measureScaling([gpu], new Map([['gpu', [benchRun(10_000)]]]), () => ({
      direct: 2e6,
      executed: undefined,
    }));
    expect(stripVTControlCharacters(formatScaling(measured))).toMatch(
      /^gpu +10,000 .* 1\.00 \(1\.00–1\.00\) +20\.0 +– +– +– +–$/m,
    );
  });

  test('has a line for each device where a combination has several', () => {
    const mixed = { ...one, devices: ['cuda:0', 'cpu'] };
    expect(format([mixed]).at(-1)).toMatch(/^one: cuda:0 +100\.0 % +75\.0 % +12\.5 % +12\.5 %$/m);
    expect(format([one]).join()).not.toContain('one: cuda:0');
  });
});
