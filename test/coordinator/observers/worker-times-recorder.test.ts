import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recordWorkerTimes } from '../../../src/coordinator/observers/worker-times-recorder.ts';
import { readWorkerTimes } from '../../../src/coordinator/run/worker-times.ts';
import { train } from '../../../src/coordinator/trainer.ts';
import { resumeRun } from '../../support/resuming.ts';
import { sliceConfig, temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();

/** Trains the slice, new or going on, with a recorder. */
async function record(
  name: string,
  go: (listener: ReturnType<typeof recordWorkerTimes>['listener']) => Promise<unknown>,
) {
  const notices: string[] = [];
  const recorder = recordWorkerTimes((text) => notices.push(text));
  await go(recorder.listener);
  await recorder.close(new AbortController().signal);
  return { notices, rows: await readWorkerTimes(join(folder, name, 'workers.csv')).catch(() => undefined) };
}

function newRun(name: string, epochs: number, workers: number) {
  const runDir = join(folder, name);
  return record(name, (listener) => train(sliceConfig({ runDir, epochs, workers }), { listener }));
}

describe('the recorder of workers.csv', () => {
  test('writes a row for each epoch and worker; together they did all samples', async () => {
    const { rows, notices } = await newRun('two', 3, 2);
    expect(rows?.map(({ epoch, worker }) => `${epoch}/${worker}`)).toEqual([
      '1/0',
      '1/1',
      '2/0',
      '2/1',
      '3/0',
      '3/1',
    ]);
    for (const epoch of [1, 2, 3]) {
      const ofEpoch = rows?.filter((row) => row.epoch === epoch) ?? [];
      const sum = (field: 'samples' | 'evaluationSeconds') =>
        ofEpoch.reduce((total, row) => total + row[field], 0);
      expect(sum('samples')).toBe(800);
      // So short a validation may be one worker's alone.
      expect(sum('evaluationSeconds')).toBeGreaterThan(0);
    }
    for (const row of rows ?? []) {
      const { computeSeconds, updateSeconds, waitSeconds, evaluationSeconds, totalSeconds } = row;
      expect(row).toMatchObject({ device: 'cpu', restarts: 0 });
      expect(computeSeconds + updateSeconds + waitSeconds + evaluationSeconds).toBeLessThanOrEqual(
        totalSeconds + 1e-5,
      );
    }
    expect(notices).toEqual([]);
  });

  test('keeps, at a resume, the rows of finished epochs, and drops those that are trained again', async () => {
    const run = join(folder, 'resumed');
    const { rows: before } = await newRun('resumed', 2, 2);
    const file = join(run, 'workers.csv');
    const later = readFileSync(file, 'utf8').split('\n')[3]?.replace(/^2/, '3');
    writeFileSync(file, `${readFileSync(file, 'utf8')}${later}\n`);
    const { rows } = await record('resumed', (listener) =>
      resumeRun(run, { epochs: 3, workers: 1 }, { listener }),
    );
    expect(rows?.slice(0, 4)).toEqual(before);
    expect(rows?.slice(4)).toMatchObject([{ epoch: 3, worker: 0, samples: 800 }]);
  });

  test('that finds a damaged file says so and begins anew', async () => {
    const run = join(folder, 'damaged');
    await newRun('damaged', 1, 1);
    writeFileSync(join(run, 'workers.csv'), 'nonsense');
    const { rows, notices } = await record('damaged', (listener) =>
      resumeRun(run, { epochs: 2 }, { listener }),
    );
    expect(notices).toEqual([expect.stringContaining('workers.csv, line 1: expected the columns')]);
    expect(rows).toMatchObject([{ epoch: 2 }]);
  });

  test('that cannot write says so once, and the run goes on', async () => {
    const run = join(folder, 'unwritable');
    const { notices } = await record('unwritable', (listener) =>
      train(sliceConfig({ runDir: run, epochs: 3 }), {
        listener: {
          ...listener,
          onStart: (telemetry) => {
            listener.onStart?.(telemetry);
            mkdirSync(join(run, 'workers.csv'));
          },
        },
      }),
    );
    expect(notices).toEqual([expect.stringMatching(/^the workers' times are not kept: .*workers\.csv/)]);
    expect(JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')).weightsSha256).toHaveLength(64);
    rmSync(join(run, 'workers.csv'), { recursive: true });
  });
});
