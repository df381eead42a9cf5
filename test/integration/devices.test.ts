import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/coordinator/checkpoint/checkpoint-file.ts';
import { readWeights } from '../../src/coordinator/weights-file.ts';
import golden from '../fixtures/golden-hashes.json' with { type: 'json' };
import { canListProcesses, engineProcesses } from '../support/engine-processes.ts';
import { resumeRun } from '../support/resuming.ts';
import { runCli } from '../support/run-cli.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { missingForTensorflow } from '../support/software-gpu.ts';
import { sliceConfig, sliceDirectory, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const shortRun = ['--data', sliceDirectory, '--epochs', '1', '--batch-size', '64', '--no-metrics'];

function trainOn(name: string, ...flags: string[]) {
  const run = join(folder, name);
  return runCli(['train', '--run-dir', run, ...shortRun, ...flags], { environment: { TEST_RUN: run } });
}

describe('kernels in child processes', () => {
  let reference: Awaited<ReturnType<typeof outcomeOf>>;

  beforeAll(async () => {
    const { directory } = await trainToEnd(sliceConfig({ workers: 1, runDir: join(folder, 'reference') }));
    reference = await outcomeOf(directory);
  });

  test.each([
    { device: 'cpu-process', workers: 1 },
    { device: 'cpu-process', workers: 2 },
    { device: 'cpu-process', workers: 3 },
    { device: 'cpu,cpu-process', workers: 3 },
    { device: 'cpu-process, cpu', workers: 2 },
  ])('leave the recorded bits: $workers workers on $device', async (settings) => {
    const runDir = join(folder, `${settings.device}-${settings.workers}`);
    const { result } = await trainToEnd(sliceConfig({ ...settings, runDir }));
    expect(result.weightsSha256).toBe(golden.slice);
    expect(await outcomeOf(runDir)).toEqual(reference);
  });

  test('go on with a run of the cpu, and the other way round, with the same bits and no note', async () => {
    for (const [from, to] of [
      ['cpu', 'cpu-process'],
      ['cpu-process', 'cpu'],
    ] as const) {
      const runDir = join(folder, `from-${from}`);
      await trainToEnd(sliceConfig({ epochs: 1, device: from, runDir }));
      const { notices } = await resumeRun(runDir, { epochs: 2, device: to });
      expect(notices.join()).not.toContain('to the bit');
      expect((await outcomeOf(runDir)).weights).toBe(golden.slice);
    }
  });
});

describe('a run that goes on with another device', () => {
  test('says so where the bits are then others, and has the workers that suit that device', async (context) => {
    const missing = missingForTensorflow();
    if (missing !== undefined) context.skip(missing);
    const runDir = join(folder, 'moved');
    await trainToEnd(sliceConfig({ epochs: 1, workers: 7, runDir }));
    const { notices, result } = await resumeRun(runDir, { epochs: 2, device: 'tensorflow-cpu' });
    expect(notices).toContain(
      'the run goes on with device tensorflow-cpu instead of cpu: its weights will not be, to the bit, those of the undisturbed run.',
    );
    expect(result?.workers).toBe(availableParallelism());
  });
});

describe('lockstep train --device', () => {
  test('deals the devices to the workers in turn, says so, and keeps it with the run', async () => {
    const { exitCode, stdout } = await trainOn('dealt', '--device', 'cpu,cpu-process,cpu', '--workers', '4');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('· 3 workers on cpu, 1 on cpu-process ·');
    const run = join(folder, 'dealt');
    const { devices } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
    expect(devices).toEqual(['cpu', 'cpu-process', 'cpu', 'cpu']);
    const { metadata } = await readWeights(join(run, 'best.safetensors'));
    expect(JSON.parse(metadata.get('config') as string).device).toBe('cpu,cpu-process,cpu');
    const { config } = await readCheckpoint(join(run, 'checkpoints', 'step-000000013.safetensors'));
    expect(config.device).toBe('cpu,cpu-process,cpu');
  });

  test.each(['gpu', 'cuda:x', 'auto,cpu', 'cpu,', ''])(
    'refuses "%s" with 2 and what may stand there',
    async (list) => {
      const { exitCode, stderr } = await trainOn('refused', `--device=${list}`);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(
        `error: device must be auto, or a list of cpu, cuda, cuda:N, webgpu, webgpu:NAME, cpu-process and tensorflow-cpu, separated by commas, got "${list}" (--device).`,
      );
    },
  );

  test('leaves no process behind', async () => {
    expect(await trainOn('ended', '--device', 'cpu-process')).toMatchObject({ exitCode: 0 });
    if (canListProcesses) expect(engineProcesses(join(folder, 'ended'))).toEqual([]);
  });
});
