import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/shared/config.ts';
import { type CliProcess, endCli, startCli } from '../support/cli-process.ts';
import { canListProcesses, engineProcesses, untilEngineProcesses } from '../support/engine-processes.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, sliceDirectory, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const program = fileURLToPath(new URL('train-with-faulty-engines.mjs', import.meta.url));
let runs = 0;

/** Long enough that whatever is done to a run is done before it ends. */
const epochs = 80;

beforeEach((context) => {
  if (!canListProcesses) context.skip('processes cannot be listed here: there is no /proc');
});

/** Starts a training whose two child processes have the fault; its folder is in their environment. */
function startWith(fault: object, settings: Partial<Config> = {}): { cli: CliProcess; runDir: string } {
  const runDir = join(folder, `run-${runs++}`);
  const config = sliceConfig({ device: 'cpu-process', workers: 2, epochs, ...settings, runDir });
  const environment = { FAULT: JSON.stringify({ after: 5, ...fault, runDir }) };
  return { cli: startCli([JSON.stringify(config)], { program, environment }), runDir };
}

/** Resolves when the process has left the file that its fault leaves. @throws Error if it ends before */
async function untilFile(path: string, { ended }: CliProcess): Promise<void> {
  let isOver = false;
  ended.finally(() => {
    isOver = true;
  });
  while (!existsSync(path)) {
    if (isOver) throw new Error(`ended before the fault: ${JSON.stringify(await ended)}`);
    await sleep(20);
  }
}

/** Lets a stopped process go on. The kernel may have done so itself, as it does with those that nobody else could. */
function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    expect(error).toMatchObject({ code: 'ESRCH' });
  }
}

describe('child processes of a run that is killed with SIGKILL', () => {
  test('end', async () => {
    const { cli, runDir } = startWith({ kind: 'none' });
    await untilEngineProcesses(runDir, 2);
    cli.process.kill('SIGKILL');
    await cli.ended;
    await untilEngineProcesses(runDir, 0);
  });

  test.each(['hang', 'busyLoop', 'startHang'])('end even in a main thread that hangs: %s', async (kind) => {
    const marker = join(folder, `marker-${runs}`);
    const { cli, runDir } = startWith({ kind, marker });
    await untilFile(marker, cli);
    cli.process.kill('SIGKILL');
    await cli.ended;
    await untilEngineProcesses(runDir, 0);
  });

  test('end when they go on, if they were stopped', async () => {
    const { cli, runDir } = startWith({ kind: 'none' });
    const [stopped] = await untilEngineProcesses(runDir, 2);
    process.kill(stopped as number, 'SIGSTOP');
    cli.process.kill('SIGKILL');
    await cli.ended;
    resume(stopped as number);
    await untilEngineProcesses(runDir, 0);
  });
});

describe('child processes of a run that ends', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'at once, at the second %s, end, be they stopped or not',
    async (signal) => {
      const runDir = join(folder, `run-${runs++}`);
      const cli = startCli([...trainSlice(runDir), '--worker-timeout', '600'], {
        environment: { TEST_RUN: runDir },
      });
      const [stopped] = await untilEngineProcesses(runDir, 2);
      await cli.untilOutput('epoch ');
      process.kill(stopped as number, 'SIGSTOP');
      cli.process.kill(signal);
      await cli.untilOutput('finishing the step and saving');
      cli.process.kill(signal);
      await cli.ended;
      resume(stopped as number);
      await untilEngineProcesses(runDir, 0);
    },
  );
});

describe('a signal from a terminal, to all processes at once', () => {
  let golden: Awaited<ReturnType<typeof outcomeOf>>;

  beforeAll(async () => {
    const { directory } = await trainToEnd(
      sliceConfig({ workers: 2, epochs, runDir: join(folder, 'golden') }),
    );
    golden = await outcomeOf(directory);
  });

  test('saves and ends the run, and is none of its child processes’ business', async () => {
    const runDir = join(folder, `run-${runs++}`);
    const cli = startCli(trainSlice(runDir), { environment: { TEST_RUN: runDir }, ownGroup: true });
    await cli.untilOutput('epoch  3/');
    process.kill(-(cli.process.pid as number), 'SIGINT');
    const { exitCode, stdout, stderr } = await cli.ended;
    expect(exitCode).toBe(130);
    expect(stdout).toContain('stopped and saved');
    expect(stderr).not.toContain('took its place');
    expect(engineProcesses(runDir)).toEqual([]);
    expect(await endCli(['train', '--resume', runDir, '--device', 'cpu'])).toMatchObject({ exitCode: 0 });
    expect(await outcomeOf(runDir)).toEqual(golden);
  });
});

function trainSlice(runDir: string): string[] {
  const settings = { data: sliceDirectory, epochs, 'batch-size': 64, 'micro-batch': 12, workers: 2 };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return ['train', '--device', 'cpu-process', '--no-metrics', '--run-dir', runDir, ...flags];
}
