import type { GroupMark, Mark } from 'vega';
import { epochDomain, epochTicks } from './axis-domains.ts';
import { heading } from './heading.ts';
import { type PlotPlace, plotFrame } from './plot-frame.ts';
import { background, fontStack, ink, mutedInk } from './theme.ts';

export interface CurvePanel extends PlotPlace {
  title: string;
  axisTitle: string;
  /** Property of a `CurvePoint` on the vertical axis. */
  field: 'loss' | 'accuracy';
  /** Range of the vertical axis. */
  domain: readonly [number, number];
  lastEpoch: number;
  /** Property of a `CurvePoint` that the scale `colour` colours. */
  colourField: 'run' | 'split';
  /** Whether a line leads to the best epoch, and its accuracy is written above. */
  labelBest: boolean;
}

/** With more epochs than this, points would melt into a thick line. */
const maximumEpochsWithPoints = 30;

/** Of the texts above the axes. */
const headingBaseline = -16;

/**
 * One set of axes with its curves: data sets `points` and `best` (of `CurvePoint`) and scales `colour`, `dash`, `width` and
 * `pointSize` come from the picture around it.
 */
export function specifyPanel(panel: CurvePanel): GroupMark {
  const { width, height, domain, lastEpoch, axisTitle } = panel;
  return {
    type: 'group',
    ...plotFrame(panel),
    scales: [
      { name: 'x', type: 'linear', domain: epochDomain(lastEpoch), range: [0, width], zero: false },
      { name: 'y', type: 'linear', domain: [...domain], range: [height, 0], zero: false },
    ],
    axes: [
      { scale: 'y', orient: 'left', title: axisTitle, titleX: -46, grid: true, tickCount: 6 },
      {
        scale: 'x',
        orient: 'bottom',
        title: 'Epoch',
        titlePadding: 7,
        values: epochTicks(lastEpoch),
        format: 'd',
        domain: true,
      },
    ],
    marks: [
      ...(panel.labelBest ? [bestEpochRule(panel)] : []),
      curves(panel),
      ...(lastEpoch <= maximumEpochsWithPoints ? [points(panel)] : []),
      bestRings(panel),
      heading(panel.title, { y: headingBaseline, fontSize: 16, fontWeight: 600, fill: ink }),
      ...(panel.labelBest && panel.field === 'accuracy' ? [bestValue(panel)] : []),
    ],
  };
}

function position(field: string) {
  return { x: { scale: 'x', field: 'epoch' }, y: { scale: 'y', field } } as const;
}

function curves({ field, colourField }: CurvePanel): Mark {
  return {
    type: 'group',
    from: { facet: { name: 'curve', data: 'points', groupby: ['run', 'split'] } },
    marks: [
      {
        type: 'line',
        from: { data: 'curve' },
        encode: {
          update: {
            ...position(field),
            stroke: { scale: 'colour', field: colourField },
            strokeWidth: { scale: 'width', field: 'split' },
            strokeDash: { scale: 'dash', field: 'split' },
            strokeCap: { value: 'round' },
            strokeJoin: { value: 'round' },
          },
        },
      },
    ],
  };
}

function points({ field, colourField }: CurvePanel): Mark {
  return {
    type: 'symbol',
    from: { data: 'points' },
    encode: {
      update: {
        ...position(field),
        size: { scale: 'pointSize', field: 'split' },
        fill: { scale: 'colour', field: colourField },
        stroke: { value: background },
        strokeWidth: { value: 1 },
      },
    },
  };
}

function bestRings({ field, colourField }: CurvePanel): Mark {
  return {
    type: 'symbol',
    from: { data: 'best' },
    encode: {
      update: {
        ...position(field),
        size: { value: 90 },
        // Hollow, so that it hides neither its own point nor the other curve's.
        fill: { value: 'transparent' },
        stroke: { scale: 'colour', field: colourField },
        strokeWidth: { value: 2.5 },
      },
    },
  };
}

function bestEpochRule({ height }: CurvePanel): Mark {
  return {
    type: 'rule',
    from: { data: 'best' },
    encode: {
      update: {
        x: { scale: 'x', field: 'epoch' },
        y: { value: 0 },
        y2: { value: height },
        stroke: { value: mutedInk },
        strokeOpacity: { value: 0.55 },
        strokeDash: { value: [2, 4] },
      },
    },
  };
}

/** Right above the axes, where no curve can run through it. */
function bestValue({ width }: CurvePanel): Mark {
  return {
    type: 'text',
    from: { data: 'best' },
    encode: {
      update: {
        x: { value: width },
        y: { value: headingBaseline },
        align: { value: 'right' },
        text: {
          signal: "'Best validation: ' + format(datum.accuracy, '.2f') + ' % in epoch ' + datum.epoch",
        },
        font: { value: fontStack },
        fontSize: { value: 12 },
        fill: { value: ink },
      },
    },
  };
}
