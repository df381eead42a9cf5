import type { Mark } from 'vega';
import { background, fontStack, gridColour, ink, mutedInk } from './theme.ts';

export interface SweepMarks {
  /** Of the rows, from above. */
  labels: readonly string[];
  /** Whether a row has a second line, with the test accuracies. */
  hasTest: boolean;
  /** Right edge of the numbers. */
  right: number;
}

/**
 * What is drawn over the axes of a sweep's picture. Scales `x`, `y` and `colour` and the data sets `points` and `means` come from
 * the picture around it.
 */
export function sweepMarks({ labels, hasTest, right }: SweepMarks): Mark[] {
  return [
    ...rowMarks(labels, right),
    deviations(hasTest),
    meanTicks(hasTest),
    // Over the lines: of points that lie close together all are seen.
    dots(hasTest),
    numbers(hasTest, right),
  ];
}

/** Each split has a height of its own in the row. */
function middleOf(hasTest: boolean) {
  if (!hasTest) return { scale: 'y', field: 'row', band: 0.5 } as const;
  return { scale: 'y', field: 'row', band: { signal: "datum.split === 'Test' ? 0.7 : 0.3" } } as const;
}

function rowMarks(labels: readonly string[], right: number): Mark[] {
  const rows = labels.map((label, row) => ({ label, row }));
  return [
    {
      type: 'group',
      data: [{ name: 'labels', values: rows }],
      marks: [
        {
          type: 'rule',
          from: { data: 'labels' },
          encode: {
            update: {
              x: { value: 0 },
              x2: { value: right + 2 },
              y: { scale: 'y', field: 'row', band: 1 },
              stroke: { value: gridColour },
            },
          },
        },
        {
          type: 'text',
          from: { data: 'labels' },
          encode: {
            update: {
              x: { value: -12 },
              y: { scale: 'y', field: 'row', band: 0.5 },
              align: { value: 'right' },
              baseline: { value: 'middle' },
              text: { field: 'label' },
              font: { value: fontStack },
              fontSize: { value: 13 },
              fill: { value: ink },
            },
          },
        },
      ],
    },
  ];
}

function deviations(hasTest: boolean): Mark {
  return {
    type: 'rule',
    from: { data: 'means' },
    encode: {
      update: {
        x: { scale: 'x', field: 'from' },
        x2: { scale: 'x', field: 'to' },
        y: middleOf(hasTest),
        stroke: { scale: 'colour', field: 'split' },
        strokeWidth: { value: 8 },
        strokeOpacity: { value: 0.22 },
        strokeCap: { value: 'round' },
      },
    },
  };
}

function dots(hasTest: boolean): Mark {
  return {
    type: 'symbol',
    from: { data: 'points' },
    encode: {
      update: {
        x: { scale: 'x', field: 'accuracy' },
        y: middleOf(hasTest),
        size: { value: 46 },
        fill: { scale: 'colour', field: 'split' },
        fillOpacity: { value: 0.8 },
        stroke: { value: background },
        strokeWidth: { value: 1 },
      },
    },
  };
}

function meanTicks(hasTest: boolean): Mark {
  return {
    type: 'rect',
    from: { data: 'means' },
    encode: {
      update: {
        xc: { scale: 'x', field: 'accuracy' },
        yc: middleOf(hasTest),
        width: { value: 2 },
        height: { value: 16 },
        fill: { value: ink },
      },
    },
  };
}

function numbers(hasTest: boolean, right: number): Mark {
  return {
    type: 'text',
    from: { data: 'means' },
    encode: {
      update: {
        x: { value: right },
        y: middleOf(hasTest),
        align: { value: 'right' },
        baseline: { value: 'middle' },
        text: { field: 'text' },
        font: { value: fontStack },
        fontSize: { value: 12.5 },
        fill: { value: mutedInk },
      },
    },
  };
}
