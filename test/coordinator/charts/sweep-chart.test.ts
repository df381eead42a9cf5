import { describe, expect, test } from 'vitest';
import { drawSweep } from '../../../src/coordinator/charts/sweep-chart.ts';
import { summarizeSample } from '../../../src/coordinator/sweep/sample.ts';

const sample = (...values: number[]) =>
  summarizeSample(values) as NonNullable<ReturnType<typeof summarizeSample>>;
const row = (label: string, ...values: number[]) => ({
  label,
  validation: sample(...values),
  test: undefined,
});

interface Point {
  x: number;
  y: number;
}

/** Where the symbols are drawn, in the order of the picture. */
function dotsOf(svg: string): Point[] {
  const symbols = /<g class="mark-symbol role-mark[^>]*>(.*?)<\/g>/s.exec(svg)?.[1] ?? '';
  return [...symbols.matchAll(/translate\(([\d.]+),([\d.]+)\)/g)].map(([, x, y]) => ({
    x: Number(x),
    y: Number(y),
  }));
}

describe('drawSweep', () => {
  test('has a point for each run, in the row of its configuration, further right for a higher accuracy', async () => {
    const svg = await drawSweep('Sweep', [row('good', 0.9, 0.92, 0.91), row('bad', 0.5, 0.6, 0.4)]);
    const dots = dotsOf(svg);
    expect(dots).toHaveLength(6);
    const [low, high, middle] = dots as [Point, Point, Point];
    expect(new Set([low.y, high.y, middle.y]).size).toBe(1);
    expect(middle.x - low.x).toBeCloseTo(high.x - middle.x, 2);
    expect(high.x).toBeGreaterThan(middle.x);
    for (const dot of dots.slice(3)) {
      expect(dot.x).toBeLessThan(low.x);
      expect(dot.y).toBeGreaterThan(low.y);
    }
  });

  test('writes mean and standard deviation, of a single run its value', async () => {
    const svg = await drawSweep('Sweep', [row('three', 0.9, 0.92, 0.91), row('one', 0.5)]);
    expect(svg).toContain('>91.00 ± 1.00</text>');
    expect(svg).toContain('>50.00</text>');
    expect(svg).toContain('>4 runs, a point each · ');
  });

  test('shows the test accuracies beside, with a legend', async () => {
    const svg = await drawSweep('Sweep', [{ ...row('a', 0.9, 0.92), test: sample(0.88, 0.86) }]);
    expect(dotsOf(svg)).toHaveLength(4);
    expect(svg).toContain('>Test accuracy of the same weights</text>');
    expect(svg).toContain('>87.00 ± 1.41</text>');
    expect(await drawSweep('Sweep', [row('a', 0.9)])).not.toContain('Test accuracy');
  });

  test('shows the best of more configurations than a picture holds, and names that no XML may hold', async () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      row(`configuration ${index} \u0000<&`, 0.9 - index / 200),
    );
    const svg = await drawSweep('Sweep', many);
    expect(dotsOf(svg)).toHaveLength(60);
    expect(svg).toContain('the best 60 of 100 configurations');
    expect(svg).toContain('configuration 59 \ufffd&lt;&amp;');
  });

  test('has an axis where all runs are equal', async () => {
    expect(await drawSweep('Sweep', [row('a', 1, 1), row('b', 1)])).not.toMatch(/NaN|Infinity/);
  });
});
