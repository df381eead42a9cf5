import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sliceDirectory } from './training.ts';

/** Settings of a sweep over the slice. */
export const sweepBase = {
  data: sliceDirectory,
  epochs: 4,
  batchSize: 64,
  microBatch: 12,
  learningRate: 0.01,
};

interface Results {
  configurations: { configuration: string; complete: number; bestValidationAccuracy?: { mean: number } }[];
  runs: {
    configuration: string;
    seed: number;
    state: string;
    failure?: string;
    weightsSha256: string;
    bestValidationAccuracy: number;
    testAccuracy?: number;
    folder: string;
  }[];
}

/** What a sweep's results.json holds. */
export function resultsIn(output: string): Results {
  return JSON.parse(readFileSync(join(output, 'results.json'), 'utf8'));
}

/** What does not depend on how often a sweep was interrupted, nor on how many of its runs went side by side. */
export function outcomeIn(output: string) {
  const { configurations, runs } = resultsIn(output);
  return {
    accuracies: configurations.map(({ configuration, bestValidationAccuracy }) => ({
      configuration,
      bestValidationAccuracy,
    })),
    runs: runs.map(({ folder: at, state, weightsSha256 }) => ({ at, state, weightsSha256 })),
  };
}
