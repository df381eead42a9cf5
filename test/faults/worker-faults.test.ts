import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { resumeRun } from '../support/resuming.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const faultyWorker = new URL('./faulty-worker.mjs', import.meta.url);
let runs = 0;

interface Fault {
  kind: string;
  after?: number;
  inEvaluation?: boolean;
  marker?: string;
}

/** Trains with the fault, which the workers read from their environment. */
async function trainWith(fault: Fault, settings: { workers?: number; maxWorkerRestarts?: number } = {}) {
  process.env['FAULT'] = JSON.stringify({ after: 5, ...fault });
  const notices: string[] = [];
  const config = sliceConfig({ workerTimeout: 0.8, ...settings, runDir: join(folder, `run-${runs++}`) });
  const { directory } = await trainToEnd(config, {
    workerFile: faultyWorker,
    listener: { onNotice: (text) => text.startsWith('worker') && notices.push(text) },
  });
  return { notices, outcome: await outcomeOf(directory) };
}

afterEach(() => {
  delete process.env['FAULT'];
});

describe('a worker that is lost', () => {
  let golden: Awaited<ReturnType<typeof outcomeOf>>;

  beforeAll(async () => {
    const { directory } = await trainToEnd(sliceConfig({ workers: 1, runDir: join(folder, 'golden') }));
    golden = await outcomeOf(directory);
  });

  const faults: (Fault & { reason: RegExp })[] = [
    { kind: 'throw', reason: /failed: an injected fault/ },
    { kind: 'uncaught', reason: /ended: an injected uncaught error/ },
    { kind: 'exit0', reason: /ended: worker exited with code: 0/ },
    { kind: 'exit1', reason: /ended: worker exited with code: 1/ },
    { kind: 'unpublished', reason: /ended: worker exited/ },
    { kind: 'halfWritten', reason: /ended: worker exited/ },
    { kind: 'outOfMemory', reason: /ended: Worker terminated due to reaching memory limit/ },
    { kind: 'trap', reason: /failed: unreachable/ },
    { kind: 'hang', reason: /did not answer for 0.8 s/ },
    { kind: 'lateWrite', reason: /did not answer for 0.8 s/ },
    { kind: 'exit1', inEvaluation: true, reason: /ended: worker exited/ },
    { kind: 'hang', inEvaluation: true, reason: /did not answer for 0.8 s/ },
    { kind: 'atStart', reason: /ended: an injected fault at the start/ },
  ];
  for (const workers of [1, 3]) {
    test.each(faults)(
      `is replaced, and the bits stay: $kind, inEvaluation $inEvaluation, ${workers} workers`,
      async ({ reason, ...fault }) => {
        const marker = join(folder, `marker-${runs}`);
        const { notices, outcome } = await trainWith({ ...fault, marker }, { workers });
        expect(existsSync(marker)).toBe(true);
        expect(notices).toEqual([expect.stringMatching(reason)]);
        expect(outcome).toEqual(golden);
      },
    );
  }

  test('again and again without a finished step ends the run with the cause', async () => {
    await expect(trainWith({ kind: 'exit1', after: 0 }, { workers: 2 })).rejects.toThrow(
      /worker \d ended: worker exited with code: 1; workers were lost 4 times in a row without a finished step\./,
    );
  });

  test('again and again in a validation leaves the epoch saved as trained, to be validated after a resume', async () => {
    const run = join(folder, `run-${runs}`);
    await expect(trainWith({ kind: 'exit1', after: 0, inEvaluation: true })).rejects.toThrow(
      '4 times in a row',
    );
    expect(readdirSync(join(run, 'checkpoints'))).toEqual(['step-000000013.safetensors']);
    await resumeRun(run);
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test('at the start, all of them, ends the run with the cause', async () => {
    await expect(trainWith({ kind: 'atStart' }, { workers: 3, maxWorkerRestarts: 5 })).rejects.toThrow(
      /worker \d ended: an injected fault at the start; workers were lost 6 times in a row/,
    );
  });

  test('as often as it likes is borne while steps are finished', async () => {
    const { notices, outcome } = await trainWith(
      { kind: 'exit1', after: 20 },
      { workers: 2, maxWorkerRestarts: 2 },
    );
    expect(notices.length).toBeGreaterThan(3);
    expect(outcome).toEqual(golden);
  });
});
