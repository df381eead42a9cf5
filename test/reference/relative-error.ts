import { at } from './at.ts';

/** ‖actual - expected‖₂ / ‖expected‖₂. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new RangeError(`${actual.length} values, ${expected.length} expected`);
  let difference = 0;
  let norm = 0;
  for (let index = 0; index < expected.length; index++) {
    difference += (at(actual, index) - at(expected, index)) ** 2;
    norm += at(expected, index) ** 2;
  }
  return Math.sqrt(difference / norm);
}
