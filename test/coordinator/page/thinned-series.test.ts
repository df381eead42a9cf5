import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ThinnedSeries } from '../../../src/coordinator/page/thinned-series.ts';

interface Span {
  from: number;
  to: number;
  mean: number;
}

function thinned(count: number, limit: number) {
  const series = new ThinnedSeries<Span>(limit, (earlier, later, share) => ({
    from: earlier.from,
    to: later.to,
    mean: earlier.mean * share + later.mean * (1 - share),
  }));
  for (let item = 0; item < count; item++) series.add({ from: item, to: item, mean: item });
  return series;
}

describe('ThinnedSeries', () => {
  test('keeps everything as long as it fits', () => {
    expect(thinned(8, 8).points.map(({ mean }) => mean)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('never passes its limit, leaves nothing out, and a point is the mean of what it stands for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 16 }), (count, half) => {
        const points = thinned(count, 2 * half).points;
        expect(points.length).toBeLessThanOrEqual(2 * half);
        expect(points[0]?.from).toBe(0);
        expect(points.at(-1)?.to).toBe(count - 1);
        for (const [index, { from, to, mean }] of points.entries()) {
          if (index > 0) expect(from).toBe((points[index - 1] as Span).to + 1);
          expect(mean).toBeCloseTo((from + to) / 2);
        }
        const lengths = new Set(points.slice(0, -1).map(({ from, to }) => to - from));
        expect(lengths.size).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('a point that has not changed stays the same object', () => {
    const series = thinned(5, 8);
    const before = series.points;
    series.add({ from: 5, to: 5, mean: 5 });
    expect(series.points[4]).toBe(before[4]);
  });
});
