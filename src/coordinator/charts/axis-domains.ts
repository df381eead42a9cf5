/** Most labels that fit below a panel. */
const maximumTicks = 10;

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

/** The smallest of 1, 2, 5, 10, 20, 50, … that needs no more than `maximumTicks` labels. */
function tickStep(last: number): number {
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
 * Range of a value axis: all values, with room above for a label, never beyond the bounds of what is possible.
 * @param values finite, at least one
 */
export function valueDomain(
  values: readonly number[],
  bounds: { minimum: number; maximum: number },
): [number, number] {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  // Equal values (one epoch) still need an axis with some height.
  const span = Math.max(highest - lowest, 0.02 * Math.abs(highest), 1e-6);
  return [Math.max(bounds.minimum, lowest - 0.08 * span), Math.min(bounds.maximum, highest + 0.14 * span)];
}
