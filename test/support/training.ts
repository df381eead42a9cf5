import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { train } from '../../src/coordinator/trainer.ts';
import type { TrainingOptions } from '../../src/coordinator/training-options.ts';
import { type Config, configSchema } from '../../src/shared/config.ts';

/** Trains, and fails if the run is interrupted. */
export async function trainToEnd(config: Config, options: TrainingOptions = {}) {
  const { result, ...run } = await train(config, options);
  if (result === undefined) throw new Error('the run was interrupted');
  return { ...run, result };
}

/** The first 1,000 training and 200 test images of FashionMNIST. */
export const sliceDirectory = fileURLToPath(new URL('../fixtures/fashion-1000', import.meta.url));

/** A folder for all tests of a file: to be called outside of tests; it is gone when they are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A short run on the slice: 800 training and 200 validation images, 2 epochs of 13 steps, the last with a short shard. */
export function sliceConfig(settings: Partial<Config> & { runDir: string }): Config {
  return configSchema.parse({
    workers: 1,
    epochs: 2,
    batchSize: 64,
    microBatch: 12,
    data: sliceDirectory,
    ...settings,
  });
}
