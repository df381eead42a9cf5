/** Some values of one figure, and what they say of it. */
export interface Sample {
  values: readonly number[];
  mean: number;
  /** With one value less in the divisor (Bessel's correction); undefined for a single value. */
  standardDeviation: number | undefined;
}

/** @returns undefined without values */
export function summarizeSample(values: readonly number[]): Sample | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { values, mean, standardDeviation: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { values, mean, standardDeviation: Math.sqrt(squares / (values.length - 1)) };
}
