import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainEngine } from '../../../src/shared/engine-options.ts';
import { openCpuBackend } from '../../../src/worker/tfjs/backends/cpu-backend.ts';
import { TfjsEngine } from '../../../src/worker/tfjs/tfjs-engine.ts';
import { describeTfjsEngine, fashionBatch } from './engine-contract.ts';
import { allVariants, describeVariants } from './variants-contract.ts';

describeTfjsEngine('the backend in plain JavaScript', { open: openCpuBackend, repeatsBits: true });

describeVariants('the backend in plain JavaScript', { open: openCpuBackend, variants: allVariants });

describe('TfjsEngine', () => {
  let engine: TfjsEngine;
  beforeAll(async () => {
    engine = new TfjsEngine(await openCpuBackend(), plainEngine);
  });
  afterAll(() => engine.dispose());

  test.each([
    { change: { parameters: new Float32Array(3) }, message: /61706 values, got 3/ },
    { change: { labels: new Uint8Array() }, message: /got 0 labels/ },
    { change: { images: new Uint8Array(1) }, message: /2 labels go with 1568 bytes of images, got 1/ },
  ])('refuses arrays of the wrong length: $message', async ({ change, message }) => {
    await expect(engine.lossAndGradients({ ...fashionBatch(0, 2), ...change })).rejects.toThrow(message);
  });
});
