import type { Spec } from 'vega';
import { renderSvg } from '../../../src/coordinator/charts/render.ts';
import { chartConfig, ink, seriesColours } from '../../../src/coordinator/charts/theme.ts';
import { type FigurePanel, specifyFigurePanel } from './figure-panel.ts';

const pictureWidth = 800;
const top = 46;
const height = 200;
const width = 318;
const lefts = [56, 462] as const;

/**
 * Draws two figures over what is varied, side by side, as SVG of 800 units width.
 * @param xTitle what is varied
 * @param xFormat d3-format of its values
 */
export async function drawGrowth(
  xTitle: string,
  xFormat: string,
  panels: readonly [FigurePanel, FigurePanel],
): Promise<string> {
  const spec: Spec = {
    description: panels.map(({ title }) => title).join(', '),
    config: chartConfig,
    width: pictureWidth,
    height: top + height + 54,
    autosize: 'none',
    marks: panels.map((panel, index) =>
      specifyFigurePanel(panel, {
        left: lefts[index as 0 | 1],
        top,
        width,
        height,
        xTitle,
        xFormat,
        colour: seriesColours[index] ?? ink,
      }),
    ),
  };
  return renderSvg(spec);
}
