/** Colours are named in page.css, for light and dark; canvases ask for them here. */
export type ColourName =
  | '--ink'
  | '--muted'
  | '--line'
  | '--surface'
  | '--training'
  | '--validation'
  | '--failed'
  | '--compute'
  | '--update'
  | '--evaluation'
  | '--wait'
  | '--other';

/** Workers that have a colour of their own. */
export const colouredWorkers = 8;

export function colour(name: ColourName | `--worker-${number}`): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export const chartFont = '12px Figtree, system-ui, sans-serif';

const darkScheme = matchMedia('(prefers-color-scheme: dark)');

export function isDark(): boolean {
  return darkScheme.matches;
}

/** Calls back when the reader switches between light and dark: canvases must be drawn anew. */
export function onSchemeChange(listener: () => void): void {
  darkScheme.addEventListener('change', listener);
}
