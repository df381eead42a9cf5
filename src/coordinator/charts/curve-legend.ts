import type { Data, Legend, OrdinalScale } from 'vega';
import { listBestPoint, type RunCurves } from './curve-points.ts';
import { legendRowHeight, seriesColours } from './theme.ts';

/** More could not be told apart by colour. */
export const maximumRuns = seriesColours.length;

/** What tells the curves apart, and how much room its explanation takes. */
export interface CurveLegend {
  /** `colour`, `dash`, `width` and `pointSize`. */
  scales: OrdinalScale[];
  legends: Legend[];
  data: Data[];
  height: number;
}

interface LegendPlace {
  /** Left edges of its two columns. */
  lefts: readonly [number, number];
  top: number;
}

const splits = ['Training', 'Validation'];
const lineLegend = { orient: 'none', symbolType: 'stroke' } as const;

/** Longest label of a run that leaves room for its best epoch. */
const maximumLabelLength = 28;

/** One run: the colour says training or validation. */
export function splitLegend({ lefts, top }: LegendPlace): CurveLegend {
  return {
    scales: [
      ordinal('colour', splits, seriesColours.slice(0, 2)),
      ordinal('dash', splits, [[], []]),
      ordinal('width', splits, [2, 2]),
      ordinal('pointSize', splits, [26, 26]),
    ],
    legends: [{ ...lineLegend, stroke: 'colour', direction: 'horizontal', legendX: lefts[0], legendY: top }],
    data: [],
    height: legendRowHeight,
  };
}

/** Several runs: the colour says which one; validation is the stronger line of the two. */
export function comparisonLegend(runs: readonly RunCurves[], { lefts, top }: LegendPlace): CurveLegend {
  const indices = runs.map((_, run) => run);
  const rows = Math.ceil(runs.length / 2);
  const runLegend = (values: number[], left: number): Legend => ({
    ...lineLegend,
    stroke: 'colour',
    values,
    legendX: left,
    legendY: top,
    encode: { labels: { update: { text: { signal: "data('runs')[datum.value].text" } } } },
  });
  return {
    scales: [
      ordinal('colour', indices, seriesColours.slice(0, runs.length)),
      ordinal('dash', splits, [[4, 3], []]),
      ordinal('width', splits, [1.25, 2.25]),
      ordinal('pointSize', splits, [8, 24]),
    ],
    legends: [
      runLegend(indices.slice(0, rows), lefts[0]),
      runLegend(indices.slice(rows), lefts[1]),
      {
        ...lineLegend,
        strokeDash: 'dash',
        direction: 'horizontal',
        legendX: lefts[0],
        legendY: top + rows * legendRowHeight,
      },
    ],
    data: [{ name: 'runs', values: runs.map(describeRun) }],
    height: (rows + 1) * legendRowHeight,
  };
}

function ordinal(name: string, domain: OrdinalScale['domain'], range: OrdinalScale['range']): OrdinalScale {
  return { name, type: 'ordinal', ...(domain && { domain }), ...(range && { range }) };
}

function describeRun(run: RunCurves, index: number): { text: string } {
  // A folder's name may hold what no XML may.
  const label = run.label.toWellFormed().replaceAll(/\p{Cc}/gu, '\ufffd');
  const name = label.length > maximumLabelLength ? `${label.slice(0, maximumLabelLength - 1)}…` : label;
  const best = listBestPoint(run, index).map(
    (point) => `: ${point.accuracy.toFixed(2)} % in epoch ${point.epoch}`,
  );
  return { text: `${name}${best.join('')}` };
}
