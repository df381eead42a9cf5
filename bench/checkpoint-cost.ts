import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../src/coordinator/checkpoint/checkpoint.ts';
import { encodeCheckpoint } from '../src/coordinator/checkpoint/checkpoint-file.ts';
import { CheckpointStore } from '../src/coordinator/checkpoint/checkpoint-store.ts';
import { configSchema } from '../src/shared/config.ts';
import { initialParameters } from '../src/shared/initial-parameters.ts';

const saves = 40;

/**
 * Saves a checkpoint of a running training again and again, as a run does once an epoch by default.
 * @returns CPU seconds of each save, of all threads: what it can cost a run whose workers leave no core idle
 */
export async function measureCheckpointSaves(): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  try {
    const store = new CheckpointStore(folder, 3);
    const checkpoint = exampleCheckpoint();
    const seconds: number[] = [];
    for (let save = 0; save < saves; save++) {
      const before = process.cpuUsage();
      await store.save(encodeCheckpoint(checkpoint), save);
      const { user, system } = process.cpuUsage(before);
      seconds.push((user + system) / 1e6);
    }
    // The first ones run cold code, as those of a run do only once.
    return seconds.slice(saves / 4);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All that a checkpoint can hold: parameters, both moments and best weights. */
function exampleCheckpoint(): Checkpoint {
  return {
    config: configSchema.parse({ workers: 2 }),
    cursor: { epoch: 2, step: 0, globalStep: 375 },
    totals: { lossSum: 0, correct: 0, seconds: 0, trainingSeconds: 0 },
    history: [
      {
        epoch: 1,
        trainLoss: 1.5,
        validationLoss: 1,
        trainAccuracy: 0.5,
        validationAccuracy: 0.6,
        seconds: 1,
        samplesPerSecond: 60_000,
        weightsSha256: '0'.repeat(64),
      },
    ],
    datasetHashes: { train: { imagesSha256: '0'.repeat(64), labelsSha256: '0'.repeat(64) } },
    kernelsSha256: '0'.repeat(64),
    parameters: initialParameters(0),
    firstMoments: initialParameters(1),
    secondMoments: initialParameters(2),
    averages: undefined,
    bestParameters: initialParameters(3),
  };
}
