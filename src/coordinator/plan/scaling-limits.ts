import type { StepCost } from './step-cost.ts';

/** A plan's answer for any number of hosts, or any size of a batch. */
export type Predict = (hosts: number) => StepCost;

/** 1, 2, 4, … and the number itself. */
export function hostSeries(hosts: number): number[] {
  const series: number[] = [];
  for (let count = 1; count < hosts; count *= 2) series.push(count);
  return [...series, hosts];
}

/** The number of hosts from which on, up to `hosts`, efficiency stays below `efficiency`; undefined where it does not. */
export function hostsBelow(efficiency: number, hosts: number, predict: Predict): number | undefined {
  let first: number | undefined;
  // Not searched by halves: where micro-shards are dealt unevenly, a few hosts more may be better again.
  for (let count = hosts; count >= 1 && predict(count).efficiency < efficiency; count--) first = count;
  return first;
}

/** The number of hosts, up to `hosts`, that takes the least time for a step; of equals the smallest. */
export function quickestHosts(hosts: number, predict: Predict): number {
  let best = 1;
  let bestSeconds = Number.POSITIVE_INFINITY;
  for (let count = 1; count <= hosts; count++) {
    const { stepSeconds } = predict(count);
    if (stepSeconds < bestSeconds) [best, bestSeconds] = [count, stepSeconds];
  }
  return best;
}

/**
 * The smallest batch that is as efficient as wanted, of those that give each worker 1, 2, 4, … micro-shards.
 * @param smallestBatch one micro-shard for each worker
 * @param largestBatch the samples that there are
 * @returns undefined where none is
 */
export function sufficientBatch(
  efficiency: number,
  smallestBatch: number,
  largestBatch: number,
  efficiencyOf: (batch: number) => number,
): number | undefined {
  for (let batch = smallestBatch; batch <= largestBatch; batch *= 2) {
    if (efficiencyOf(batch) >= efficiency) return batch;
  }
  return undefined;
}
