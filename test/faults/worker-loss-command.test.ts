import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliProcess, type EndedProcess, endCli, startCli } from '../support/cli-process.ts';
import { leftBehind, outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const program = fileURLToPath(new URL('train-with-faulty-workers.mjs', import.meta.url));
/** Well below half the default --worker-timeout, the interval of the probes: a timer of theirs that is left would show. */
const patienceMilliseconds = 8_000;

let golden: Awaited<ReturnType<typeof outcomeOf>>;

beforeAll(async () => {
  const { directory } = await trainToEnd(sliceConfig({ workers: 1, runDir: join(folder, 'golden') }));
  golden = await outcomeOf(directory);
});

/** Starts a process that trains with 2 workers and the default --worker-timeout. */
function startWith(fault: object, runDir: string): CliProcess {
  const config = JSON.stringify(sliceConfig({ workers: 2, runDir }));
  return startCli([config], { program, environment: { FAULT: JSON.stringify(fault) } });
}

/** The end of a process that has nothing left to do; it is killed if it does not end by itself. */
async function endByItself({ process, ended }: CliProcess): Promise<EndedProcess> {
  const timer = setTimeout(() => process.kill('SIGKILL'), patienceMilliseconds);
  return await ended.finally(() => clearTimeout(timer));
}

/** Resolves when the file is there or the process has ended. */
async function untilFile(path: string, { process }: CliProcess): Promise<void> {
  while (!existsSync(path) && process.exitCode === null && process.signalCode === null) await sleep(20);
}

describe('a process whose workers are lost', () => {
  test('again and again after finished steps ends with 4 and a checkpoint, and can be resumed', async () => {
    const run = join(folder, 'again-and-again');
    const child = startWith({ kind: 'exit1', fromStep: 15 }, run);
    await child.untilOutput('error:');
    const { exitCode, signal, stderr } = await endByItself(child);
    expect({ exitCode, signal }).toEqual({ exitCode: 4, signal: null });
    expect(stderr).toMatch(
      /^error: epoch 2: .*worker \d ended: worker exited with code: 1; workers were lost 4 times in a row/m,
    );
    expect(readdirSync(join(run, 'checkpoints'))).toContain('step-000000015.safetensors');
    expect(leftBehind(run)).toEqual([]);

    expect(await endCli(['train', '--resume', run])).toMatchObject({ exitCode: 0 });
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test('once ends by itself as soon as the run is complete', async () => {
    const run = join(folder, 'once');
    const marker = join(folder, 'marker');
    const child = startWith({ kind: 'exit1', fromStep: 15, marker }, run);
    await untilFile(join(run, 'result.json'), child);
    expect(await endByItself(child)).toMatchObject({ exitCode: 0, signal: null });
    expect(existsSync(marker)).toBe(true);
    expect(await outcomeOf(run)).toEqual(golden);
  });
});
