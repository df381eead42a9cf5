import { fixed } from '../../src/coordinator/bench/format-spread.ts';
import type { PeersInput } from './inputs.ts';
import { formatSpread, markdownTable } from './markdown.ts';

type Comparison = PeersInput['comparisons'][number];

/** What was compared, and whether the project's aims were reached. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  return markdownTable(['', 'median (smallest–largest)', 'aim', ''], comparisons.map(comparisonRow));
}

function comparisonRow({ name, unit, aim, spread }: Comparison): string[] {
  const { atLeast, atMost } = aim ?? {};
  const wanted = [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}`]),
  ].join(', ');
  if (!spread) return [name, 'missing', wanted, ''];
  const isReached =
    spread.median >= (atLeast ?? Number.NEGATIVE_INFINITY) &&
    spread.median <= (atMost ?? Number.POSITIVE_INFINITY);
  const verdict = wanted === '' ? '' : isReached ? 'reached' : 'missed';
  return [name, `${formatSpread(spread, fixed(2))} ${unit}`.trim(), wanted, verdict];
}
