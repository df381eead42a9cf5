import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/shared/config.ts';
import { endCli } from '../support/cli-process.ts';
import { canListProcesses, engineProcesses } from '../support/engine-processes.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const workerFile = new URL('./worker-with-faulty-engine.mjs', import.meta.url);
const program = fileURLToPath(new URL('train-with-faulty-engines.mjs', import.meta.url));
let runs = 0;

interface Fault {
  kind: string;
  after?: number;
  inEvaluation?: boolean;
  marker?: string;
}

/** Trains in child processes with the fault, which they read from their environment. */
async function trainWith(fault: Fault, settings: Partial<Config> = {}) {
  const runDir = join(folder, `run-${runs++}`);
  process.env['FAULT'] = JSON.stringify({ after: 5, ...fault, runDir });
  const notices: string[] = [];
  try {
    const config = sliceConfig({
      device: 'cpu-process',
      workers: 2,
      workerTimeout: 3,
      ...settings,
      runDir,
    });
    const { directory } = await trainToEnd(config, {
      workerFile,
      listener: { onNotice: (text) => text.startsWith('worker') && notices.push(text) },
    });
    return { notices, outcome: await outcomeOf(directory) };
  } finally {
    if (canListProcesses) expect(engineProcesses(runDir)).toEqual([]);
  }
}

afterEach(() => {
  delete process.env['FAULT'];
});

let golden: Awaited<ReturnType<typeof outcomeOf>>;

beforeAll(async () => {
  const { directory } = await trainToEnd(sliceConfig({ workers: 1, runDir: join(folder, 'golden') }));
  golden = await outcomeOf(directory);
});

describe('a child process that is lost', () => {
  const faults: (Fault & { reason: RegExp })[] = [
    {
      kind: 'abort',
      reason: /was ended by SIGABRT \(it last printed: 2026.* Check failed: .* fault\); a new/,
    },
    { kind: 'kill', reason: /was ended by SIGKILL/ },
    { kind: 'segmentationFault', reason: /was ended by SIGSEGV/ },
    { kind: 'exit0', reason: /exited with code 0/ },
    { kind: 'exit3', reason: /exited with code 3/ },
    { kind: 'throw', reason: /failed: an injected fault/ },
    { kind: 'uncaught', reason: /exited with code 1 \(it last printed: .*an injected uncaught error\)/ },
    { kind: 'busyLoop', reason: /did not answer for 3 s/ },
    { kind: 'hang', reason: /did not answer for 3 s/ },
    { kind: 'stopped', reason: /did not answer for 3 s/ },
    { kind: 'disconnect', reason: /exited with code 0/ },
    { kind: 'abort', inEvaluation: true, reason: /was ended by SIGABRT/ },
    { kind: 'stopped', inEvaluation: true, reason: /did not answer for 3 s/ },
    { kind: 'startExit', reason: /exited with code 7/ },
    { kind: 'startThrow', reason: /an injected fault at the start/ },
    { kind: 'startHang', reason: /did not answer for 3 s/ },
  ];
  test.each(faults)(
    'is replaced, and the bits stay: $kind, inEvaluation $inEvaluation',
    async ({ reason, ...fault }) => {
      const marker = join(folder, `marker-${runs}`);
      const { notices, outcome } = await trainWith({ ...fault, marker });
      expect(existsSync(marker)).toBe(true);
      expect(notices).toEqual([expect.stringMatching(/^worker [01] on cpu-process (failed|ended|did not)/)]);
      expect(notices[0]).toMatch(reason);
      expect(outcome).toEqual(golden);
    },
  );

  test('beside a worker that computes in its thread is replaced, too', async () => {
    const marker = join(folder, `marker-${runs}`);
    const { notices, outcome } = await trainWith(
      { kind: 'abort', after: 3, marker },
      { device: 'cpu,cpu-process' },
    );
    expect(notices).toEqual([expect.stringMatching(/^worker 1 on cpu-process failed/)]);
    expect(outcome).toEqual(golden);
  });

  test('as often as it likes is borne while steps are finished', async () => {
    const { notices, outcome } = await trainWith({ kind: 'abort', after: 20 }, { maxWorkerRestarts: 2 });
    expect(notices.length).toBeGreaterThan(2);
    expect(outcome).toEqual(golden);
  });

  test('again and again without a finished step ends the run with 4, the cause and a checkpoint', async () => {
    const runDir = join(folder, `run-${runs++}`);
    const config = sliceConfig({ device: 'cpu-process', workers: 2, runDir });
    // 13 steps of 6 micro-shards for the training of an epoch: the first validation is reached.
    const { exitCode, stderr } = await endCli([JSON.stringify(config)], {
      program,
      environment: { FAULT: JSON.stringify({ kind: 'abort', inEvaluation: true, after: 0, runDir }) },
    });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(
      /^error: .*worker \d on cpu-process failed: the engine's process was ended by SIGABRT.*; workers were lost 4 times in a row/m,
    );
    expect(readdirSync(join(runDir, 'checkpoints'))).toEqual(['step-000000013.safetensors']);
    if (canListProcesses) expect(engineProcesses(runDir)).toEqual([]);
    expect(await endCli(['train', '--resume', runDir])).toMatchObject({ exitCode: 0 });
    expect(await outcomeOf(runDir)).toEqual(golden);
  });

  test('at every start ends the run with what it failed with', async () => {
    await expect(trainWith({ kind: 'startThrow' })).rejects.toThrow(
      /worker \d on cpu-process ended: an injected fault at the start; workers were lost 4 times in a row/,
    );
  });
});

describe('what a child process prints', () => {
  test('garbles nothing, be it half a megabyte of garbage with each call', async () => {
    const runDir = join(folder, `run-${runs++}`);
    const config = sliceConfig({ device: 'cpu-process', workers: 2, runDir });
    const ended = await endCli([JSON.stringify(config)], {
      program,
      environment: { FAULT: JSON.stringify({ kind: 'garbage', after: 0 }) },
    });
    expect(ended).toEqual({ exitCode: 0, signal: null, stdout: '', stderr: '' });
    expect(await outcomeOf(runDir)).toEqual(golden);
  });

  test('is shown line by line if that is asked for, and names the worker', async () => {
    const config = sliceConfig({
      device: 'cpu-process',
      workers: 2,
      epochs: 1,
      limitTrain: 64,
      limitVal: 12,
      runDir: join(folder, `run-${runs++}`),
    });
    const { exitCode, stdout, stderr } = await endCli([JSON.stringify(config), '--verbose'], {
      program,
      environment: { FAULT: JSON.stringify({ kind: 'garbage', after: 0 }) },
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter((line) => !/^worker [01] on cpu-process: /.test(line))).toEqual([]);
  });
});
