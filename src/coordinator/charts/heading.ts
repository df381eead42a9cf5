import type { Mark } from 'vega';
import { fontStack } from './theme.ts';

interface HeadingStyle {
  /** Left edge, in units; 0 by default. */
  x?: number;
  /** Of the baseline. */
  y: number;
  fontSize: number;
  fontWeight: 400 | 600;
  fill: string;
}

/** A line above axes, at a height of its own: Vega's titles move with the labels of the axes. */
export function heading(text: string, { x = 0, y, fontSize, fontWeight, fill }: HeadingStyle): Mark {
  return {
    type: 'text',
    encode: {
      update: {
        x: { value: x },
        y: { value: y },
        text: { value: text },
        font: { value: fontStack },
        fontSize: { value: fontSize },
        fontWeight: { value: fontWeight },
        fill: { value: fill },
      },
    },
  };
}
