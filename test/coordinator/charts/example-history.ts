import type { EpochRecord } from '../../../src/coordinator/run/history.ts';

/** A run that converges in the way of the real one. */
export function exampleHistory(epochs: number): EpochRecord[] {
  return Array.from({ length: epochs }, (_, index) => {
    const progress = 1 - Math.exp(-(index + 1) / 3);
    return {
      epoch: index + 1,
      trainLoss: 2 - 1.5 * progress,
      validationLoss: 2.02 - 1.5 * progress,
      trainAccuracy: 0.3 + 0.53 * progress,
      validationAccuracy: 0.29 + 0.53 * progress,
      seconds: 4,
      samplesPerSecond: 12_000,
      weightsSha256: '0'.repeat(64),
    };
  });
}
