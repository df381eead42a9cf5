import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFlags } from '../../src/coordinator/config/config-sources.ts';
import { openRunToResume } from '../../src/coordinator/run/resume.ts';
import { train } from '../../src/coordinator/trainer.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const run = join(temporaryFolder(), 'run');
const resultFile = join(run, 'result.json');

/** @param stopAfter epochs after which the run is interrupted */
async function resume(epochs: number, stopAfter = Number.POSITIVE_INFINITY) {
  const resumed = await openRunToResume(run, [readFlags({ epochs: String(epochs) })], () => {});
  const stop = new AbortController();
  let ended = 0;
  try {
    return await train(resumed.config, {
      resume: resumed,
      signal: stop.signal,
      listener: {
        onEpochEnd: () => {
          if (++ended >= stopAfter) stop.abort();
        },
      },
    });
  } finally {
    await resumed.lock.release();
  }
}

describe('result.json', () => {
  test('is left as it is where a complete run is resumed, gone while one goes on, and there again at its end', async () => {
    await trainToEnd(sliceConfig({ runDir: run, epochs: 1 }));
    const complete = readFileSync(resultFile, 'utf8');

    const { result } = await resume(1);
    expect(readFileSync(resultFile, 'utf8')).toBe(complete);
    expect(result).toEqual(JSON.parse(complete));

    expect((await resume(3, 1)).result).toBeUndefined();
    expect(existsSync(resultFile)).toBe(false);

    await resume(3);
    expect(JSON.parse(readFileSync(resultFile, 'utf8')).weightsSha256).not.toBe(
      JSON.parse(complete).weightsSha256,
    );
  });
});
