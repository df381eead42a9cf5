import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean "x"?` for the candidate that a typing error could have come from, else nothing. */
export function suggestNearest(name: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const lower = name.toLowerCase();
  const nearest = closest(
    lower,
    candidates.map((candidate) => candidate.toLowerCase()),
  );
  const candidate = candidates.find((each) => each.toLowerCase() === nearest) as string;
  return distance(lower, nearest) <= Math.max(2, name.length / 3) ? `; did you mean "${candidate}"?` : '';
}
