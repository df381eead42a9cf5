/** Most labels that fit below a panel: of up to two digits, and of more. */
const maximumShortTicks = 10;
const maximumLongTicks = 6;

/**
 * Epochs to label: whole numbers, evenly spaced, and the first one.
 * @param last last epoch, at least 1
 */
export function epochTicks(last: number): number[] {
  const step = tickStep(last);
  const ticks: number[] = [];
  for (let epoch = step; epoch <= last; epoch += step) ticks.push(epoch);
  // From a step of 5 on there is room between the first epoch and the first multiple.
  return step >= 5 ? [1, ...ticks] : ticks;
}

/** The smallest of 1, 2, 5, 10, 20, 50, … that needs no more labels than fit. */
function tickStep(last: number): number {
  const maximumTicks = last < 100 ? maximumShortTicks : maximumLongTicks;
  for (let decade = 1; ; decade *= 10) {
    for (const step of [decade, 2 * decade, 5 * decade]) {
      if (last / step <= maximumTicks) return step;
    }
  }
}

/** Range of the epoch axis: from the first to the last epoch, with a margin so that no point touches the edge. */
export function epochDomain(last: number): [number, number] {
  const margin = Math.max(0.04 * (last - 1), last === 1 ? 0.5 : 0);
  return [1 - margin, last + margin];
}

/**
 * Range of a value axis: all values with a margin, at least a tenth of the largest value high (so that one epoch does not
 * look like a mountain), and never beyond what is possible.
 * @param values finite, at least one
 */
export function valueDomain(
  values: readonly number[],
  bounds: { minimum: number; maximum: number },
): [number, number] {
  const lowest = values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const highest = values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  const span = Math.max(highest - lowest, 0.1 * highest) || 1;
  const middle = (lowest + highest) / 2;
  const reach = 0.58 * span;
  return [Math.max(bounds.minimum, middle - reach), Math.min(bounds.maximum, middle + reach)];
}
