import { describe, expect, test } from 'vitest';
import { plainEngine } from '../../../src/shared/engine-options.ts';
import { openTfjsEngine } from '../../../src/worker/tfjs/open-engine.ts';

describe('openTfjsEngine', () => {
  test.each([
    { options: { model: { ...plainEngine.model, activation: 'relu' as const } }, names: /activation relu/ },
    { options: { regularization: { ...plainEngine.regularization, dropout: 0.5 } }, names: /dropout 0\.5/ },
    { options: { augmentation: { ...plainEngine.augmentation, flip: true } }, names: /flip true/ },
  ])('refuses what it would not compute: $names', async ({ options, names }) => {
    await expect(openTfjsEngine('webgpu', { ...plainEngine, ...options })).rejects.toThrow(names);
  });
});
