import type { Legend, Spec } from 'vega';
import { heading } from './heading.ts';
import { plotFrame } from './plot-frame.ts';
import { renderSvg } from './render.ts';
import { sweepMarks } from './sweep-chart-marks.ts';
import { chartConfig, ink, mutedInk, seriesColours } from './theme.ts';

/** One figure of a configuration: ratios, 0 to 1. */
interface Measured {
  values: readonly number[];
  mean: number;
  /** Undefined for a single value. */
  standardDeviation: number | undefined;
}

/** A row of the picture. */
export interface SweepRow {
  label: string;
  validation: Measured;
  test: Measured | undefined;
}

type Split = 'Validation' | 'Test';

const splits: readonly Split[] = ['Validation', 'Test'];
const splitNames: Record<Split, string> = {
  Validation: 'Best validation accuracy',
  Test: 'Test accuracy of the same weights',
};
const pictureWidth = 800;
const margin = 24;
const titleBaseline = 30;
const subtitleBaseline = 50;
const headerHeight = 66;
const legendHeight = 28;
/** Between the plot and the edge: room for the numbers. */
const right = 132;
const axisHeight = 52;
/** More rows would be no picture any more. */
const mostRows = 60;
const longestLabel = 44;
/** Of a letter of a label, on average, in units. */
const letterWidth = 6.3;

/**
 * Draws the accuracy of each run as a point, a row for each configuration, with their mean and standard deviation.
 * @param rows the best one first, at least one
 */
export async function drawSweep(title: string, rows: readonly SweepRow[]): Promise<string> {
  return renderSvg(specifySweep(title, rows));
}

function specifySweep(title: string, all: readonly SweepRow[]): Spec {
  const rows = all.slice(0, mostRows);
  const shown = splits.filter((split) => rows.some((row) => measuredOf(row, split) !== undefined));
  const labels = rows.map(({ label }) => shorten(label));
  const left = margin + 14 + letterWidth * Math.max(...labels.map((label) => label.length));
  const width = pictureWidth - left - right;
  const top = headerHeight + (shown.length > 1 ? legendHeight : 0);
  const rowHeight = shown.length > 1 ? 46 : 32;
  const height = rows.length * rowHeight;
  const means = rows.flatMap((row, index) => shown.flatMap((split) => listMean(row, index, split)));
  const points = rows.flatMap((row, index) => shown.flatMap((split) => listPoints(row, index, split)));
  return {
    description: 'Accuracy of each run of a sweep, a row for each configuration',
    config: chartConfig,
    width: pictureWidth,
    height: top + height + axisHeight,
    autosize: 'none',
    data: [
      { name: 'points', values: points },
      { name: 'means', values: means },
    ],
    scales: [{ name: 'colour', type: 'ordinal', domain: [...shown], range: seriesColours.slice(1, 3) }],
    legends: shown.length > 1 ? [legend()] : [],
    marks: [
      heading(title, { x: margin, y: titleBaseline, fontSize: 16, fontWeight: 600, fill: ink }),
      heading(describe(all), {
        x: margin,
        y: subtitleBaseline,
        fontSize: 12.5,
        fontWeight: 400,
        fill: mutedInk,
      }),
      {
        type: 'group',
        ...plotFrame({ left, top, width, height }),
        scales: [
          {
            name: 'x',
            type: 'linear',
            domain: domainOf(points, means),
            range: [0, width],
            zero: false,
            nice: true,
          },
          { name: 'y', type: 'band', domain: rows.map((_, index) => index), range: [0, height] },
        ],
        axes: [
          {
            scale: 'x',
            orient: 'bottom',
            title: shown.length > 1 ? 'Accuracy (%)' : `${splitNames.Validation} (%)`,
            titlePadding: 8,
            grid: true,
            tickCount: Math.max(3, Math.round(width / 80)),
          },
        ],
        marks: [...sweepMarks({ labels, hasTest: shown.length > 1, right: width + right - 10 })],
      },
    ],
  };
}

function measuredOf(row: SweepRow, split: Split): Measured | undefined {
  return split === 'Test' ? row.test : row.validation;
}

/** In percent, as the axis is. */
function listPoints(row: SweepRow, index: number, split: Split) {
  const values = measuredOf(row, split)?.values ?? [];
  return values.map((value) => ({ row: index, split, accuracy: 100 * value }));
}

function listMean(row: SweepRow, index: number, split: Split) {
  const measured = measuredOf(row, split);
  if (measured === undefined) return [];
  const mean = 100 * measured.mean;
  const deviation = 100 * (measured.standardDeviation ?? 0);
  const spread = measured.standardDeviation === undefined ? '' : ` ± ${deviation.toFixed(2)}`;
  return [
    {
      row: index,
      split,
      accuracy: mean,
      from: Math.max(0, mean - deviation),
      to: Math.min(100, mean + deviation),
      text: `${mean.toFixed(2)}${spread}`,
    },
  ];
}

function domainOf(
  points: readonly { accuracy: number }[],
  means: readonly { from: number; to: number }[],
): [number, number] {
  const values = [...points.map(({ accuracy }) => accuracy), ...means.flatMap(({ from, to }) => [from, to])];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // Of one run, or equal ones, there must be an axis, too.
  const reach = Math.max(0.04 * (high - low), 0.1);
  return [Math.max(0, low - reach), Math.min(100, high + reach)];
}

function legend(): Legend {
  return {
    fill: 'colour',
    orient: 'none',
    direction: 'horizontal',
    symbolType: 'circle',
    symbolSize: 60,
    legendX: margin,
    legendY: headerHeight - 2,
    encode: {
      labels: { update: { text: { signal: `${JSON.stringify(splitNames)}[datum.value]` } } },
    },
  };
}

/** What the marks mean. */
function describe(rows: readonly SweepRow[]): string {
  const runs = rows.reduce((count, { validation }) => count + validation.values.length, 0);
  const shown = rows.length > mostRows ? `the best ${mostRows} of ${rows.length} configurations · ` : '';
  const spread = rows.some(({ validation }) => validation.values.length > 1)
    ? ' · line and band: their mean ± standard deviation'
    : '';
  return `${shown}${runs === 1 ? '1 run' : `${runs} runs, a point each`}${spread}`;
}

/** A label may hold what no XML may. */
function shorten(label: string): string {
  const clean = label.toWellFormed().replaceAll(/\p{Cc}/gu, '\ufffd');
  return clean.length > longestLabel ? `${clean.slice(0, longestLabel - 1)}…` : clean;
}
