import { describe, expect, test } from 'vitest';
import { runGrowth } from '../../../bench/growth/run.ts';
import { sliceDirectory } from '../../support/training.ts';

describe('runGrowth', () => {
  const settings = { samples: 320, batchSize: 64, workers: 1, microBatch: 16 };

  test('trains with the settings, and reads all figures', async () => {
    const [alone, together, otherBatch] = await Promise.all([
      runGrowth(settings, 2, sliceDirectory),
      runGrowth({ ...settings, workers: 2 }, 2, sliceDirectory),
      runGrowth({ ...settings, batchSize: 32 }, 2, sliceDirectory),
    ]);
    const { weightsSha256, ...figures } = alone;
    for (const figure of Object.values(figures)) expect(figure).toBeGreaterThan(0);
    expect(figures.nonGradientShare).toBeLessThan(1);
    expect(together.weightsSha256).toBe(weightsSha256);
    expect(otherBatch.weightsSha256).not.toBe(weightsSha256);
  });

  test('fails with what the training says', async () => {
    await expect(runGrowth({ ...settings, batchSize: 0 }, 2, sliceDirectory)).rejects.toThrow('batchSize');
  });
});
