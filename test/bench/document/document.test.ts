import { describe, expect, test } from 'vitest';
import { composeDocument } from '../../../bench/document/document.ts';
import { readInputs } from '../../../bench/document/inputs.ts';
import { listEfficiencies } from '../../../bench/document/sections/growth-section.ts';
import { growthFigures, growthReport } from '../growth/example-growth.ts';
import { exampleInputs } from './example-inputs.ts';

const attempts = '## Attempts\n\nTried *this*: predicted 2 %, came to 3 %.\n';
const observedRatio = 'lockstep, 2 workers, everything observed / lockstep, 2 workers, nothing observed';
const { markdown, pictures } = await composeDocument(exampleInputs(), attempts);

function section(title: string): string {
  return markdown.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
}

/** Without the table's own markup. */
function rowOf(text: string, name: string): string[] | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`| ${name} |`));
  return line
    ?.split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

describe('composeDocument', () => {
  test('shows each contestant with median and range', () => {
    const row = rowOf(section('Against the peers'), 'lockstep, 2 workers');
    expect(row).toEqual(['71,330 (67,115–74,907)', '0.40', '200']);
  });

  test('says of each aim whether it was reached, and of what is missing that it is', () => {
    const text = section('Against the peers');
    expect(rowOf(text, 'lockstep, 2 workers / PyTorch DDP, 2 processes')).toEqual([
      '6.48 (6.24–6.71) ×',
      // The file says 5.
      '≥ 6.5',
      'missed',
    ]);
    expect(rowOf(text, 'peak memory')?.at(-1)).toBe('missed');
    expect(rowOf(text, 'something / that is missing')).toEqual(['missing', '≥ 5', '']);
    expect(rowOf(text, 'JAX on CPU')?.[0]).toBe('missing');
    expect(text).toContain('- JAX on CPU: npm run setup:peers -- jax');
  });

  test('shows the same again of fewer contestants, with what was compared', () => {
    const text = section('Against fewer peers, for longer');
    expect(rowOf(text, 'lockstep, 2 workers')).toEqual(['73,000 (72,000–74,000)']);
    expect(rowOf(text, 'lockstep, 2 workers / PyTorch DDP, 2 processes')).toEqual([
      '6.58 (6.40–6.90) ×',
      '≥ 6.5',
      'reached',
    ]);
    expect(text).not.toContain('missing');
    expect(text).toContain('7 rounds of 8 epochs');
  });

  test('shows those with vectors of 256 bits apart', () => {
    const text = section('With vectors of 256 bits');
    const wide = 'lockstep, 2 workers, vectors of 256 bits';
    expect(rowOf(text, wide)).toEqual(['96,000 (95,000–97,000)']);
    expect(rowOf(text, `${wide} / PyTorch DDP, 2 processes`)?.[0]).toBe('8.58 (8.40–8.90) ×');
  });

  test('tells what watching costs, in runs four times as long as the others', () => {
    const text = section('What watching a run costs');
    expect(rowOf(text, 'lockstep, 2 workers, nothing observed')).toEqual(['71,000 (70,900–71,100)']);
    expect(rowOf(text, observedRatio)).toEqual(['0.99 (0.97–1.01) ×', '≥ 0.98', 'reached']);
    expect(rowOf(text, 'CPU time of watching, 2 workers')?.slice(1)).toEqual(['≤ 2', 'reached']);
    expect(text).not.toContain('peak memory');
    expect(text).toContain('3 rounds of 16 epochs');
  });

  test('tells how long each takes to become good, and where one does not', () => {
    const text = section('Time to accuracy');
    expect(rowOf(text, 'lockstep, 2 workers')).toEqual([
      '7',
      '5.00 (4.00–6.00)',
      '4.00 (3.00–5.00)',
      '9.00 (7.00–11.00)',
      '8.00 (6.00–10.00)',
      '83.00',
      '82.00',
    ]);
    expect(rowOf(text, 'PyTorch, 1 thread')?.[1]).toBe('31.50 (31.00–32.00), in 2 of 3 runs');
    expect(rowOf(text, 'never good')?.slice(0, 2)).toEqual(['never', 'never']);
    expect(rowOf(text, 'PyTorch, 1 thread / lockstep, 2 workers')).toEqual(['6.90 (6.50–7.20) ×']);
    expect(text).toContain('- tfjs cpu: nothing helps');
    expect(pictures.get('benchmarks-accuracy')).not.toContain('never good');
  });

  test('says whether runs with different workers ended with the same weights, by their hashes', async () => {
    expect(section('As work grows')).toContain('All these runs ended with the same weights, SHA-256 `same`.');
    const growth = growthReport();
    const { points } = growth.dimensions.find(({ dimension }) => dimension === 'workers') ?? { points: [] };
    points.at(-1)?.runs.splice(1, 1, growthFigures(36_000, 'other'));
    const inputs = readInputs([{ path: 'growth.json', text: JSON.stringify(growth) }]);
    const { markdown } = await composeDocument(inputs, attempts);
    expect(markdown).not.toContain('the same weights');
    expect(markdown).toContain('**These runs ended with different weights**, SHA-256 same, other.');
  });

  test('says so where the files are from several machines', async () => {
    expect(markdown).not.toContain('one machine**');
    const { growth, ...others } = exampleInputs();
    if (growth === undefined) throw new Error('the example has no growth');
    const elsewhere = { ...growth, machine: { ...growth.machine, cpu: 'Another CPU' } };
    const { markdown: mixed } = await composeDocument({ ...others, growth: elsewhere }, attempts);
    expect(mixed).toMatch(
      /Not all of this was measured on one machine.*Some CPU, 2 cores; Another CPU, 2 cores/,
    );
  });

  test.each(['benchmarks-throughput', 'benchmarks-accuracy'])('labels the axis of %s in full', (name) => {
    expect(pictures.get(name)).toContain('>0<');
    expect(pictures.get(name)).not.toMatch(/>\d+(e\+\d|k)/);
  });

  test('names the versions of the peers, each once', () => {
    expect(section('Time to accuracy').match(/torch 1\.13/g)).toHaveLength(2);
  });

  test('counts the multiplications that are saved', () => {
    // 500,000 of the direct algorithm's 1,000,000.
    expect(section('Scaling')).toContain('50 % fewer multiplications');
    expect(rowOf(section('Scaling'), '2 on cpu')?.at(-1)).toBe('89.9');
  });

  test('compares what was predicted with what was measured, run by run', () => {
    expect(rowOf(section('What lockstep plan'), '2 × 1 measured')?.at(-1)).toBe('1.15 (1.05–1.25)');
  });

  test('every table has machine, versions, date and command below it', () => {
    const tables = markdown.split('\n\n').flatMap((block, index, all) => {
      return block.startsWith('|') ? [all[index + 1] ?? ''] : [];
    });
    expect(tables.length).toBeGreaterThan(8);
    for (const below of tables) {
      expect(below).toMatch(/Some CPU, 2 cores, linux x64 · Node 20\.0\.0 .*2026-01-02\* · `.*\.json`/);
    }
  });

  test('tells of a machine that was busy', async () => {
    const { peers } = exampleInputs();
    if (peers === undefined) throw new Error('the example has no peers');
    const busy = { ...peers, machine: { ...peers.machine, loadBefore: 3 } };
    const { markdown } = await composeDocument({ peers: busy }, attempts);
    expect(markdown).toContain('busy before the first run (load average 3.0)');
  });

  test('ends with what was written by hand, verbatim', () => {
    expect(markdown.endsWith(`\n\n${attempts}`)).toBe(true);
  });

  test('leaves out what there is no file of', async () => {
    const { markdown, pictures } = await composeDocument({}, attempts);
    expect(markdown).not.toContain('Against the peers');
    expect(pictures.size).toBe(0);
  });

  test('every picture is in the text, and every one in the text is drawn', () => {
    const named = [...markdown.matchAll(/\(images\/(.*?)\.png\)/g)].map(([, name]) => name);
    expect(named.toSorted()).toEqual([...pictures.keys()].toSorted());
    expect(named).toContain('benchmarks-throughput');
  });

  test('draws the medians that the tables tell', () => {
    expect(pictures.get('benchmarks-throughput')).toContain('>71,330<');
    const workers = pictures.get('benchmarks-workers');
    for (const label of ['20k', '40k', '36k', '0.90']) expect(workers).toContain(`>${label}<`);
    expect(pictures.get('benchmarks-batch-size')).toContain('>4,096<');
    expect(pictures.get('benchmarks-samples')).toContain('>48k<');
  });

  test('makes the same of the same', async () => {
    expect(await composeDocument(exampleInputs(), attempts)).toEqual({ markdown, pictures });
  });
});

test('more workers than cores can only be as fast as the cores', () => {
  const series = growthReport().dimensions.find(({ dimension }) => dimension === 'workers');
  if (series === undefined) throw new Error('the example has no workers');
  expect(listEfficiencies(series, 2).map(({ x, median }) => [x, median])).toEqual([
    [1, 1],
    [2, 1],
    [4, 1],
    [16, 0.9],
  ]);
  const round = { value: 1, runs: [growthFigures(10), growthFigures(30)] };
  const both = { value: 2, runs: [growthFigures(20), growthFigures(30)] };
  // 20 by twice 10, 30 by twice 30.
  expect(listEfficiencies({ dimension: 'workers', points: [round, both] }, 2)[1]).toMatchObject({
    min: 0.5,
    max: 1,
  });
});
