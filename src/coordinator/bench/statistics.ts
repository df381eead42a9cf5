/** What several runs of one figure are told as. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/**
 * Median (of an even number of values the mean of the middle two), smallest and largest value.
 * @throws RangeError without values, or where one is not a finite number
 */
export function summarize(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('a median needs at least one value');
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new RangeError(`a median needs finite values, got ${bad}`);
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number };
}

/** The rate of parts that did equally much, as a whole: their harmonic mean. @param rates at least one */
export function meanRate(rates: readonly number[]): number {
  return rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}

/**
 * The ratio of each round. Their median tells more than the ratio of two medians: what slows the machine down for a
 * while slows down both runs of a round.
 * @throws RangeError where the two do not have the same number of rounds
 */
export function pairedRatios(numerators: readonly number[], denominators: readonly number[]): number[] {
  if (numerators.length !== denominators.length) {
    throw new RangeError(`${numerators.length} runs cannot be paired with ${denominators.length}`);
  }
  return numerators.map((numerator, round) => numerator / (denominators[round] as number));
}
