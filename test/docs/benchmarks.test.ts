import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { composeDocument } from '../../bench/document/document.ts';
import { readInputs } from '../../bench/document/inputs.ts';
import { renderPng } from '../../src/coordinator/charts/render.ts';

const document = join('docs', 'benchmarks.md');
const results = join('bench', 'results');
const regenerate = 'npm run bench:document -- bench/results/*.json';

function resultFiles(): { path: string; text: string }[] {
  return readdirSync(results)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(results, name))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

function compose() {
  return composeDocument(readInputs(resultFiles()), readFileSync(join('bench', 'attempts.md'), 'utf8'));
}

/** Share of the pixels that differ visibly; on another processor, edges may come out a shade different. */
function differingShare(png: Buffer, other: Buffer): number {
  const [a, b] = [PNG.sync.read(png), PNG.sync.read(other)];
  if (a.width !== b.width || a.height !== b.height) return 1;
  let differing = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    if (Math.abs((a.data[at] as number) - (b.data[at] as number)) > 64) differing++;
  }
  return differing / (a.width * a.height);
}

/** The rows of the tables of a part of a document, cell by cell, without their heads. */
function tableRows(text: string, title: string): string[][] {
  const part = text.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? '';
  const rows = part.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/benchmarks.md', () => {
  test('is what the generator makes of bench/results', async () => {
    const { markdown } = await compose();
    expect(readFileSync(document, 'utf8'), `regenerate it: ${regenerate}`).toBe(markdown);
  });

  test('has the pictures that the generator draws', async () => {
    const { pictures } = await compose();
    expect(pictures.size).toBeGreaterThan(0);
    for (const [picture, svg] of pictures) {
      const committed = readFileSync(join('docs', 'images', `${picture}.png`));
      expect(differingShare(committed, await renderPng(svg)), `regenerate it: ${regenerate}`).toBeLessThan(
        0.0005,
      );
    }
  });

  test('is made from files that are small enough to keep', () => {
    for (const { path } of resultFiles()) expect(statSync(path).size, path).toBeLessThan(100_000);
  });

  test('has what the README’s table of speed quotes', () => {
    const rows = new Map(
      tableRows(readFileSync(document, 'utf8'), 'Against the peers').map(([name = '', ...cells]) => [
        name,
        cells,
      ]),
    );
    const median = (cell = '') => cell.split(' ')[0];
    const quoted = tableRows(readFileSync('README.md', 'utf8'), 'Speed').slice(1);
    expect(quoted.length).toBeGreaterThan(5);
    for (const [name = '', ...cells] of quoted) {
      const [speed, startup, memory] = rows.get(name) ?? [];
      const [ratio = ''] = rows.get(`lockstep, 2 workers / ${name}`) ?? [];
      expect(cells, name).toEqual([speed, `${median(startup)} s`, `${median(memory)} MB`, ratio]);
    }
  });
});
