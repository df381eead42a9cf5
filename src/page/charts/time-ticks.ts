/** In seconds: what people count time in. */
const steps = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => 60 * minutes),
  ...[1, 2, 3, 6, 12, 24].map((hours) => 3600 * hours),
];
const day = 86_400;

/**
 * Round times from 0 on.
 * @param end above 0, seconds
 * @param most how many fit
 */
export function secondsTicks(end: number, most: number): number[] {
  const step = steps.find((each) => end / each <= most) ?? Math.ceil(end / most / day) * day;
  const ticks: number[] = [];
  for (let count = 0; count * step <= end; count++) ticks.push(Number((count * step).toFixed(1)));
  return ticks;
}
