import type { Mark, Spec } from 'vega';
import type { Spread } from '../../../src/coordinator/bench/statistics.ts';
import { heading } from '../../../src/coordinator/charts/heading.ts';
import { plotFrame } from '../../../src/coordinator/charts/plot-frame.ts';
import { renderSvg } from '../../../src/coordinator/charts/render.ts';
import {
  chartConfig,
  fontStack,
  ink,
  mutedInk,
  seriesColours,
} from '../../../src/coordinator/charts/theme.ts';

/** A bar of the picture. */
export interface ContestantBar extends Spread {
  name: string;
  /** Told apart by colour from the others. */
  isOurs: boolean;
}

const pictureWidth = 800;
const rowHeight = 30;
const top = 58;
const right = 78;
/** Of a letter of a name, on average, in units. */
const letterWidth = 6.2;

const explanation = 'Bar and number: median of the rounds; line: from the smallest to the largest';

/** What the lengths of the bars are. */
interface BarFigure {
  title: string;
  axis: string;
  /** d3-format of the numbers at the bars. */
  format: string;
}

/**
 * Draws a figure of each contestant as a bar, with the range of its rounds.
 * @param bars at least one, in the order from above
 */
export async function drawContestants(figure: BarFigure, bars: readonly ContestantBar[]): Promise<string> {
  const { title, axis, format } = figure;
  const left = 26 + letterWidth * Math.max(...bars.map(({ name }) => name.length));
  const width = pictureWidth - left - right;
  const height = rowHeight * bars.length;
  const spec: Spec = {
    description: title,
    config: chartConfig,
    width: pictureWidth,
    height: top + height + 46,
    autosize: 'none',
    data: [{ name: 'bars', values: bars.map((bar) => ({ ...bar })) }],
    marks: [
      {
        type: 'group',
        ...plotFrame({ left, top, width, height }),
        scales: [
          {
            name: 'x',
            type: 'linear',
            domain: [0, Math.max(...bars.map(({ max }) => max))],
            range: [0, width],
            nice: false,
          },
          { name: 'y', type: 'band', domain: bars.map(({ name }) => name), range: [0, height] },
        ],
        axes: [
          { scale: 'y', orient: 'left', labelColor: ink, labelLimit: 0 },
          {
            scale: 'x',
            orient: 'bottom',
            title: axis,
            titlePadding: 7,
            grid: true,
            tickCount: 6,
            format: ',~f',
          },
        ],
        marks: marks(format),
      },
      heading(title, { x: 20, y: 26, fontSize: 16, fontWeight: 600, fill: ink }),
      heading(explanation, { x: 20, y: 45, fontSize: 12, fontWeight: 400, fill: mutedInk }),
    ],
  };
  return renderSvg(spec);
}

function marks(format: string): Mark[] {
  const colour = { signal: `datum.isOurs ? '${seriesColours[0]}' : '#a3aab8'` };
  const middle = { scale: 'y', field: 'name', band: 0.5 } as const;
  return [
    {
      type: 'rect',
      from: { data: 'bars' },
      encode: {
        update: {
          x: { scale: 'x', value: 0 },
          x2: { scale: 'x', field: 'median' },
          yc: middle,
          height: { value: 18 },
          cornerRadiusTopRight: { value: 3 },
          cornerRadiusBottomRight: { value: 3 },
          fill: colour,
        },
      },
    },
    {
      type: 'rule',
      from: { data: 'bars' },
      encode: {
        update: {
          x: { scale: 'x', field: 'min' },
          x2: { scale: 'x', field: 'max' },
          y: middle,
          stroke: { value: ink },
          strokeWidth: { value: 2 },
          strokeCap: { value: 'round' },
        },
      },
    },
    {
      type: 'text',
      from: { data: 'bars' },
      encode: {
        update: {
          x: { scale: 'x', field: 'max', offset: 8 },
          y: middle,
          baseline: { value: 'middle' },
          text: { signal: `format(datum.median, '${format}')` },
          font: { value: fontStack },
          fontSize: { value: 12.5 },
          fill: { value: ink },
        },
      },
    },
  ];
}
