import { rounded } from '../../src/coordinator/bench/format-spread.ts';
import { compare } from '../comparisons.ts';
import type { PeersInput } from './inputs.ts';
import { formatSpread, markdownTable } from './markdown.ts';

type Comparison = PeersInput['comparisons'][number];

/** Without runs, a comparison is its name and its aim. */
const aims = new Map(
  compare(new Map(), { checkpointSaves: [], forwardShares: [] }).map(({ name, aim }) => [name, aim]),
);

/** What was compared, and whether the project's aims of today were reached: a file may have been written with others. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  return markdownTable(['', 'median (smallest–largest)', 'aim', ''], comparisons.map(comparisonRow));
}

function comparisonRow({ name, unit, aim: aimThen, spread }: Comparison): string[] {
  const { atLeast, atMost }: NonNullable<Comparison['aim']> = aims.get(name) ?? aimThen ?? {};
  const wanted = [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}`]),
  ].join(', ');
  if (!spread) return [name, 'missing', wanted, ''];
  const isReached =
    spread.median >= (atLeast ?? Number.NEGATIVE_INFINITY) &&
    spread.median <= (atMost ?? Number.POSITIVE_INFINITY);
  const verdict = wanted === '' ? '' : isReached ? 'reached' : 'missed';
  return [name, `${formatSpread(spread, rounded)} ${unit}`.trim(), wanted, verdict];
}
