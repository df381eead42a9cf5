import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const staleWriter = new URL('./stale-writer.mjs', import.meta.url);

let golden: Awaited<ReturnType<typeof outcomeOf>>;

beforeAll(async () => {
  const runDir = join(folder, 'golden');
  await trainToEnd(sliceConfig({ workers: 1, runDir }));
  golden = await outcomeOf(runDir);
});

afterEach(() => {
  delete process.env['STALE'];
});

describe('a worker that was given up', () => {
  test.skipIf(process.platform === 'win32')(
    'and writes into a gradient long after is waited for, and its write does not count (needs named pipes)',
    async () => {
      const pipe = join(folder, 'pipe');
      const marker = join(folder, 'marker');
      const garbage = join(folder, 'garbage');
      execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
      writeFileSync(garbage, new Uint8Array(new Float32Array(16_384).fill(1e9).buffer));
      process.env['STALE'] = JSON.stringify({ pipe, marker });
      const run = join(folder, 'run');
      const notices: string[] = [];
      const training = trainToEnd(sliceConfig({ workers: 2, workerTimeout: 0.8, runDir: run }), {
        workerFile: staleWriter,
        listener: { onNotice: (text) => text.startsWith('worker') && notices.push(text) },
      });
      while (!existsSync(marker)) await sleep(5);
      // The worker is given up after at most 1.2 s.
      const writer = spawn('sh', ['-c', 'sleep 2; cat "$0" >"$1"', garbage, pipe], { stdio: 'inherit' });
      await training;
      if (writer.exitCode === null) await once(writer, 'exit');
      expect(notices).toEqual([expect.stringContaining('did not answer for 0.8 s')]);
      expect(await outcomeOf(run)).toEqual(golden);
    },
  );
});
