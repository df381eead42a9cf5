import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/shared/config.ts';
import golden from '../fixtures/golden-hashes.json' with { type: 'json' };
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const slowWorker = new URL('../fixtures/slow-worker.mjs', import.meta.url);

/** All that a run leaves behind which may not depend on who computed it. */
async function traceOf(name: string, settings: Partial<Config>, workerFile?: URL) {
  const { directory, history, result } = await trainToEnd(
    sliceConfig({ ...settings, runDir: join(folder, name) }),
    { workerFile },
  );
  const best = await readFile(join(directory, 'best.safetensors'));
  return {
    weightsSha256: result.weightsSha256,
    scores: history.map(({ seconds: _, samplesPerSecond: __, ...scores }) => scores),
    bestWeights: best.subarray(-61_706 * 4),
  };
}

describe('the number of workers', () => {
  let reference: Awaited<ReturnType<typeof traceOf>>;

  beforeAll(async () => {
    reference = await traceOf('one', { workers: 1 });
  });

  test('one worker leaves the recorded bits', () => {
    expect(reference.weightsSha256).toBe(golden.slice);
  });

  test.each([2, 3, 4, 8])('%i workers leave the same bits as one', async (workers) => {
    expect(await traceOf(`${workers}`, { workers })).toEqual(reference);
  });

  test.each([2, 5])('%i workers that are held up at random leave the same bits', async (workers) => {
    expect(await traceOf(`slow-${workers}`, { workers }, slowWorker)).toEqual(reference);
  });

  test.each([{ seed: 1 }, { batchSize: 60 }, { microBatch: 16 }])(
    '%o leaves other bits',
    async (settings) => {
      const { weightsSha256 } = await traceOf(JSON.stringify(settings), settings);
      expect(weightsSha256).not.toBe(reference.weightsSha256);
    },
  );
});
