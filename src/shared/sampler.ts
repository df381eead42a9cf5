import { type Purpose, purposes, RandomStream } from './random.ts';

/** Positions in the data set's training file, each list in ascending order. */
export interface Split {
  train: Uint32Array;
  validation: Uint32Array;
}

/**
 * Divides the samples at random into training and validation.
 * @param validationFraction 0 to 1; the number of validation samples is rounded to the nearest integer
 */
export function splitIndices(seed: number, sampleCount: number, validationFraction: number): Split {
  const validationCount = Math.round(sampleCount * validationFraction);
  const order = Uint32Array.from({ length: sampleCount }, (_, index) => index);
  shuffle(order, seed, purposes.split, 0);
  // Ascending order makes a split a set: whoever reads it sees no trace of the shuffle behind it.
  return { validation: order.slice(0, validationCount).sort(), train: order.slice(validationCount).sort() };
}

/**
 * Writes the order in which an epoch visits the training samples: each exactly once.
 * @param train uint32[n] positions of the training samples, left as they are
 * @param target uint32[n], overwritten
 * @throws RangeError if the lengths differ
 */
export function epochOrder(seed: number, epoch: number, train: Uint32Array, target: Uint32Array): void {
  if (target.length !== train.length) {
    throw new RangeError(`target must hold ${train.length} samples, got ${target.length}`);
  }
  target.set(train);
  shuffle(target, seed, purposes.shuffle, epoch);
}

/** Fisher and Yates' shuffle (Knuth, TAOCP vol. 2, algorithm 3.4.2P), in place. */
function shuffle(values: Uint32Array, seed: number, purpose: Purpose, stream: number): void {
  const random = new RandomStream(seed, purpose, stream);
  for (let last = values.length - 1; last > 0; last--) {
    const chosen = random.below(last + 1, last);
    const value = values[last] as number;
    values[last] = values[chosen] as number;
    values[chosen] = value;
  }
}
