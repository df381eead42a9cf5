import type { GroupMark } from 'vega';

/** Where a set of axes stands in a picture, in units. */
export interface PlotPlace {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What a group of marks needs to be a set of axes of its own. */
export function plotFrame({ left, top, width, height }: PlotPlace): Pick<GroupMark, 'encode' | 'signals'> {
  return {
    encode: {
      update: { x: { value: left }, y: { value: top }, width: { value: width }, height: { value: height } },
    },
    // The axes take the lengths of their grid lines from these.
    signals: [
      { name: 'width', value: width },
      { name: 'height', value: height },
    ],
  };
}
