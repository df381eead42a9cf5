import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { renderPng } from '../../../src/coordinator/charts/render.ts';
import { writeConfusionMatrix, writeCurves } from '../../../src/coordinator/charts/write-charts.ts';
import { exampleHistory } from './example-history.ts';

const directory = mkdtempSync(join(tmpdir(), 'lockstep-charts-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('writeCurves', () => {
  test('writes an SVG, and a PNG of 1600 × 700 pixels that is not blank', async () => {
    const written = await writeCurves(join(directory, 'curves'), [
      { label: '', history: exampleHistory(10) },
    ]);
    expect(written).toBe(join(directory, 'curves.png'));
    expect(readFileSync(join(directory, 'curves.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>$/s);
    const png = readPng(readFileSync(written));
    expect([png.width, png.height]).toEqual([1600, 700]);
    expect(png.distinctBytes).toBeGreaterThan(100);
    expect(readdirSync(directory).sort()).toEqual(['curves.png', 'curves.svg']);
  });
});

describe('writeConfusionMatrix', () => {
  test('writes an SVG and a PNG that is not blank', async () => {
    const report = { confusionMatrix: [[5]], classes: [{ name: 'a' }] };
    const png = readPng(
      readFileSync(await writeConfusionMatrix(join(directory, 'confusion'), report, 'Test')),
    );
    expect(png.distinctBytes).toBeGreaterThan(100);
    expect(readFileSync(join(directory, 'confusion.svg'), 'utf8')).toContain('>5</text>');
  });
});

describe('renderPng', () => {
  const picture = (content: string) =>
    renderPng(`<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30">${content}</svg>`);

  test('draws text in the weights of the bundled font, on a machine without fonts too', async () => {
    const text = (weight: number) =>
      picture(`<text y="20" font-family="Figtree" font-weight="${weight}">Epoch</text>`);
    const [blank, normal, semibold] = await Promise.all([picture(''), text(400), text(600)]);
    expect(normal).not.toEqual(blank);
    expect(semibold).not.toEqual(normal);
  });

  test('paints on white', async () => {
    expect(readPng(await picture('')).firstPixel).toEqual([255, 255, 255, 255]);
  });
});

/** Reads what the tests need of an 8-bit RGBA PNG (https://www.w3.org/TR/png/). */
function readPng(file: Buffer) {
  expect([...file.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data: Buffer[] = [];
  for (let position = 8; position < file.length; ) {
    const length = file.readUInt32BE(position);
    const type = file.toString('latin1', position + 4, position + 8);
    if (type === 'IDAT') data.push(file.subarray(position + 8, position + 8 + length));
    position += 12 + length;
  }
  const scanlines = inflateSync(Buffer.concat(data));
  return {
    width: file.readUInt32BE(16),
    height: file.readUInt32BE(20),
    // Behind the filter type of the first scanline, which leaves the first pixel as it is.
    firstPixel: [...scanlines.subarray(1, 5)],
    distinctBytes: new Set(scanlines).size,
  };
}
