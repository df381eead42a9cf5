import type { GroupMark, Mark } from 'vega';
import type { Spread } from '../../../src/coordinator/bench/statistics.ts';
import { heading } from '../../../src/coordinator/charts/heading.ts';
import { type PlotPlace, plotFrame } from '../../../src/coordinator/charts/plot-frame.ts';
import { background, fontStack, ink, mutedInk } from '../../../src/coordinator/charts/theme.ts';

/** A figure over what is varied. */
export interface FigurePanel {
  title: string;
  points: readonly ({ x: number } & Spread)[];
  /** d3-format of the labels at the points, and of the axis. */
  format: string;
  /** Where the figure cannot be better, or is expected. */
  guide?: number;
}

export interface PanelPlace extends PlotPlace {
  /** What is varied. */
  xTitle: string;
  xFormat: string;
  colour: string;
}

/** Headroom above the highest range, for its label. */
const headroom = 1.16;

/** One set of axes: the medians as a line, their ranges as bars. The vertical axis begins at 0, so that heights compare. */
export function specifyFigurePanel(panel: FigurePanel, place: PanelPlace): GroupMark {
  const { points, format, guide } = panel;
  const { width, height, xTitle, xFormat } = place;
  const xs = points.map(({ x }) => x);
  const highest = Math.max(...points.map(({ max }) => max), guide ?? 0);
  return {
    type: 'group',
    ...plotFrame(place),
    data: [{ name: 'figures', values: points.map((point) => ({ ...point })) }],
    scales: [
      {
        name: 'x',
        type: 'log',
        domain: [Math.min(...xs), Math.max(...xs)],
        range: [16, width - 16],
        nice: false,
      },
      { name: 'y', type: 'linear', domain: [0, headroom * highest], range: [height, 0] },
    ],
    axes: [
      { scale: 'y', orient: 'left', grid: true, tickCount: 5, format },
      {
        scale: 'x',
        orient: 'bottom',
        title: xTitle,
        titlePadding: 7,
        values: xs,
        format: xFormat,
      },
    ],
    marks: [
      heading(panel.title, { y: -16, fontSize: 14, fontWeight: 600, fill: ink }),
      ...(guide === undefined ? [] : [guideMark(guide, width)]),
      ranges(place),
      line(place),
      dots(place),
      // The first ones keep what lies behind the others at a distance.
      labels(format, { stroke: background, strokeWidth: 4 }),
      labels(format, {}),
    ],
  };
}

function guideMark(value: number, width: number): Mark {
  return {
    type: 'rule',
    encode: {
      update: {
        x: { value: 0 },
        x2: { value: width },
        y: { scale: 'y', value },
        stroke: { value: mutedInk },
        strokeDash: { value: [4, 4] },
      },
    },
  };
}

function ranges({ colour }: PanelPlace): Mark {
  return {
    type: 'rule',
    from: { data: 'figures' },
    encode: {
      update: {
        x: { scale: 'x', field: 'x' },
        y: { scale: 'y', field: 'min' },
        y2: { scale: 'y', field: 'max' },
        stroke: { value: colour },
        strokeWidth: { value: 6 },
        strokeOpacity: { value: 0.25 },
        strokeCap: { value: 'round' },
      },
    },
  };
}

function line({ colour }: PanelPlace): Mark {
  return {
    type: 'line',
    from: { data: 'figures' },
    encode: {
      update: {
        x: { scale: 'x', field: 'x' },
        y: { scale: 'y', field: 'median' },
        stroke: { value: colour },
        strokeWidth: { value: 2 },
        strokeJoin: { value: 'round' },
      },
    },
  };
}

function dots({ colour }: PanelPlace): Mark {
  return {
    type: 'symbol',
    from: { data: 'figures' },
    encode: {
      update: {
        x: { scale: 'x', field: 'x' },
        y: { scale: 'y', field: 'median' },
        size: { value: 42 },
        fill: { value: colour },
        stroke: { value: background },
        strokeWidth: { value: 1 },
      },
    },
  };
}

/** Above the range, where the line hardly runs through them. */
function labels(format: string, halo: { stroke?: string; strokeWidth?: number }): Mark {
  return {
    type: 'text',
    from: { data: 'figures' },
    encode: {
      update: {
        x: { scale: 'x', field: 'x' },
        y: { scale: 'y', field: 'max', offset: -9 },
        align: { value: 'center' },
        text: { signal: `format(datum.median, '${format}')` },
        font: { value: fontStack },
        fontSize: { value: 11 },
        fill: { value: ink },
        ...(halo.stroke && { stroke: { value: halo.stroke }, strokeWidth: { value: halo.strokeWidth ?? 0 } }),
      },
    },
  };
}
