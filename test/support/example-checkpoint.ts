import type { Checkpoint } from '../../src/coordinator/checkpoint/checkpoint.ts';
import { hashWeights } from '../../src/coordinator/weights-hash.ts';
import { configSchema } from '../../src/shared/config.ts';
import { initialParameters } from '../../src/shared/initial-parameters.ts';

/** Steps of an epoch in an example's run. */
const exampleStepsPerEpoch = 10;

/** A checkpoint that a run could have written after so many steps, with other numbers for each. */
export function exampleCheckpoint(globalStep: number): Checkpoint {
  const epochs = Math.floor(globalStep / exampleStepsPerEpoch);
  const step = globalStep % exampleStepsPerEpoch;
  const parameters = initialParameters(globalStep);
  const best = epochs === 0 ? undefined : step === 0 ? parameters : initialParameters(1_000_000);
  const history = Array.from({ length: epochs }, (_, index) => ({
    epoch: index + 1,
    trainLoss: 2.3 / (index + 1),
    validationLoss: 1 / 3,
    trainAccuracy: 0.1,
    validationAccuracy: 0.1 + index / 1000,
    seconds: 1.25,
    samplesPerSecond: 1e4 / 3,
    weightsSha256: hashWeights(best as Float32Array),
  }));
  return {
    config: configSchema.parse({ workers: 2, epochs: 100, batchSize: 64, microBatch: 8, seed: 7 }),
    cursor: { epoch: epochs + 1, step, globalStep },
    totals: { lossSum: step * 1.1, correct: step, seconds: step / 7, trainingSeconds: step / 7 },
    history,
    datasetHashes: { train: { imagesSha256: 'a'.repeat(64), labelsSha256: 'b'.repeat(64) } },
    kernelsSha256: undefined,
    parameters,
    firstMoments: initialParameters(globalStep + 2_000_000),
    secondMoments: initialParameters(globalStep + 3_000_000).map(Math.abs),
    averages: undefined,
    bestParameters: best,
  };
}
