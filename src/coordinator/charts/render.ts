import { createRequire } from 'node:module';
import type { Spec } from 'vega';
import { fontFamily } from './theme.ts';

/** Pixels of the PNG for each unit of the SVG: sharp on screens of high density. */
const scale = 2;

/**
 * Draws a Vega specification as SVG; the same specification gives the same bytes. Vega is loaded here, at the first
 * picture: it takes a third of a second, which a command that draws nothing should not pay.
 */
export async function renderSvg(spec: Spec): Promise<string> {
  const { parse, resetSVGDefIds, View } = await import('vega');
  const view = new View(parse(spec), { renderer: 'none' });
  // Gradients are numbered over the life of the process.
  resetSVGDefIds();
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Draws an SVG as PNG on white, at twice its size, with the bundled font alone. */
export async function renderPng(svg: string): Promise<Buffer> {
  const { Resvg } = await import('@resvg/resvg-js');
  const picture = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: scale },
    // The machine's own fonts are left out: text would look different on every machine.
    font: { loadSystemFonts: false, fontFiles: bundledFonts(), defaultFontFamily: fontFamily },
  });
  return picture.render().asPng();
}

function bundledFonts(): string[] {
  const require = createRequire(import.meta.url);
  return [
    require.resolve('@expo-google-fonts/figtree/400Regular/Figtree_400Regular.ttf'),
    require.resolve('@expo-google-fonts/figtree/600SemiBold/Figtree_600SemiBold.ttf'),
  ];
}
