import { describe, expect, test } from 'vitest';
import { drawCurves } from '../../../src/coordinator/charts/curves.ts';
import { renderPng } from '../../../src/coordinator/charts/render.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { exampleHistory } from './example-history.ts';

/** Number of corners of each curve. */
function curveLengths(svg: string): number[] {
  const curves = svg.match(/<path[^>]* stroke-linejoin="round"[^>]*>/g) ?? [];
  return curves.map((path) => path.match(/[ML]-?[0-9]/g)?.length ?? 0);
}

describe('drawCurves', () => {
  test.each([1, 2, 10, 1000])('draws four curves with a point for each of %i epochs', async (epochs) => {
    const svg = await drawCurves([{ label: '', history: exampleHistory(epochs) }]);
    expect(curveLengths(svg)).toEqual(Array(4).fill(epochs));
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('draws four curves for each of several runs, of their own lengths', async () => {
    const svg = await drawCurves([
      { label: 'short', history: exampleHistory(3) },
      { label: 'long', history: exampleHistory(7) },
    ]);
    expect(curveLengths(svg)).toEqual([3, 3, 7, 7, 3, 3, 7, 7]);
    expect(svg).toContain('short: 62.50 % in epoch 3');
    expect(svg).toContain('long: 76.86 % in epoch 7');
  });

  test('says what the axes and colours mean, and where the best epoch is', async () => {
    const history = exampleHistory(10).map((record) => ({ ...record, validationAccuracy: 0.5 }));
    history[6] = { ...(history[6] as (typeof history)[0]), validationAccuracy: 0.8765 };
    const svg = await drawCurves([{ label: '', history }]);
    for (const text of [
      'Loss',
      'Accuracy',
      'Epoch',
      'Cross-entropy',
      'Accuracy (%)',
      'Training',
      'Validation',
    ]) {
      expect(svg).toContain(`>${text}</text>`);
    }
    expect(svg).toContain('Best validation: 87.65 % in epoch 7');
  });

  test('gives the same bytes for the same runs', async () => {
    const runs = [
      { label: 'a', history: exampleHistory(5) },
      { label: 'b', history: exampleHistory(5) },
    ];
    const first = await drawCurves(runs);
    await drawCurves([{ label: 'something else in between', history: exampleHistory(2) }]);
    expect((await drawCurves(runs)) === first).toBe(true);
  });

  test('stays well-formed XML with any folder name as label', async () => {
    const svg = await drawCurves([
      { label: '<b>&"\'\\\u2028', history: exampleHistory(2) },
      { label: '\u001b[2J\ud800', history: exampleHistory(2) },
    ]);
    expect(svg).toContain('&lt;b&gt;&amp;');
    await expect(renderPng(svg)).resolves.toBeInstanceOf(Buffer);
  });

  test('draws runs whose values are all zero', async () => {
    const history = exampleHistory(2).map((record) => ({
      ...record,
      trainLoss: 0,
      validationLoss: 0,
      trainAccuracy: 0,
      validationAccuracy: 0,
    }));
    expect(await drawCurves([{ label: '', history }])).not.toMatch(/NaN|undefined|Infinity/);
  });

  test.each([
    { runs: [], problem: 'a picture shows 1 to 8 runs, got 0' },
    { runs: Array(9).fill({ label: 'a', history: exampleHistory(1) }), problem: 'got 9' },
    { runs: [{ label: 'a', history: [] }], problem: 'a has no finished epoch to draw' },
  ])('refuses: $problem', async ({ runs, problem }) => {
    await expect(drawCurves(runs)).rejects.toThrow(ConfigError);
    await expect(drawCurves(runs)).rejects.toThrow(problem);
  });
});
