import type { Config } from 'vega';

/** Bundled, so that pictures look the same on machines without fonts; see render.ts. */
export const fontFamily = 'Figtree';
export const fontStack = `${fontFamily}, 'Helvetica Neue', Arial, sans-serif`;

export const background = '#ffffff';
export const ink = '#1f2430';
export const mutedInk = '#5b6270';
export const gridColour = '#e8eaee';
const axisColour = '#b9bec8';

/** Told apart by colour-blind readers too: Okabe and Ito, "Color universal design", 2008, and two that fit them. */
export const seriesColours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#7a4fbf',
  '#4d4d4d',
];

/** The look that all charts share. */
export const chartConfig: Config = {
  background,
  title: {
    font: fontStack,
    fontSize: 16,
    fontWeight: 600,
    color: ink,
    subtitleFont: fontStack,
    subtitleFontSize: 12.5,
    subtitleColor: mutedInk,
    subtitlePadding: 5,
    anchor: 'start',
    frame: 'group',
    offset: 12,
  },
  axis: {
    labelFont: fontStack,
    labelFontSize: 12,
    labelColor: mutedInk,
    labelPadding: 7,
    titleFont: fontStack,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titleColor: mutedInk,
    gridColor: gridColour,
    domainColor: axisColour,
    ticks: false,
    domain: false,
  },
  legend: {
    labelFont: fontStack,
    labelFontSize: 12,
    labelColor: ink,
    // Vega only estimates the widths of texts here, and would cut them too early.
    labelLimit: 0,
    titleFont: fontStack,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titleColor: mutedInk,
    titleLimit: 0,
    titlePadding: 8,
    symbolStrokeWidth: 2.5,
    symbolSize: 484,
    columnPadding: 12,
    rowPadding: 2,
  },
};

/** Height of a row in a legend of lines: the root of `symbolSize`, and `rowPadding`. */
export const legendRowHeight = 24;
