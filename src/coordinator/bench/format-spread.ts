import type { Spread } from './statistics.ts';

/** `2.25 (2.00–2.50)`: the median, and from the smallest to the largest. */
export function formatSpread({ median, min, max }: Spread, format: (value: number) => string): string {
  return `${format(median)} (${format(min)}–${format(max)})`;
}

/** A format with so many digits behind the point. */
export function fixed(digits: number): (value: number) => string {
  return (value) => value.toFixed(digits);
}

/** A format for figures of any size: from 100 on, digits behind the point say nothing. */
export function rounded(value: number): string {
  const exact = value.toFixed(2);
  return Number(exact) < 100 ? exact : value.toFixed(0);
}
