type Rgb = readonly [red: number, green: number, blue: number];

/** From none to all; the light one is that of the confusion matrices in the run folder. */
const ramps: Record<'light' | 'dark', readonly [Rgb, Rgb, Rgb]> = {
  light: [
    [243, 246, 250],
    [74, 144, 200],
    [8, 58, 107],
  ],
  dark: [
    [28, 34, 43],
    [31, 94, 148],
    [141, 200, 245],
  ],
};
const darkInk: Rgb = [13, 17, 23];
const lightInk: Rgb = [255, 255, 255];

/**
 * How a cell of the confusion matrix looks.
 * @param share of its true class, 0 to 1
 * @returns a background, and of two inks the one that stands out more against it
 */
export function shadeOf(share: number, isDark: boolean): { background: string; ink: string } {
  const [none, half, all] = ramps[isDark ? 'dark' : 'light'];
  const background = share < 0.5 ? mix(none, half, share * 2) : mix(half, all, share * 2 - 1);
  const ink = contrast(background, darkInk) > contrast(background, lightInk) ? darkInk : lightInk;
  return { background: css(background), ink: css(ink) };
}

/** Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: Rgb, other: Rgb): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: Rgb): number {
  const linear = colour.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  return from.map((channel, index) => channel + ((to[index] as number) - channel) * share) as unknown as Rgb;
}

function css(colour: Rgb): string {
  return `rgb(${colour.map(Math.round).join(' ')})`;
}
