/**
 * cos(π · x) for x from 0 to 1, to 1e-15: the same on every machine, which `Math.cos` need not be. Taylor's series, on the
 * quarter around 0; the rest follows by symmetry.
 */
export function cosineOfHalfTurns(x: number): number {
  if (x > 0.5) return -cosineOfHalfTurns(1 - x);
  // 1 - 2 sin², so that the series need only reach an eighth of a turn.
  if (x > 0.25) return 2 * cosineOfHalfTurns(x / 2) ** 2 - 1;
  const square = (Math.PI * x) ** 2;
  let sum = 1;
  for (let term = 16; term >= 2; term -= 2) sum = 1 - (square / (term * (term - 1))) * sum;
  return sum;
}
