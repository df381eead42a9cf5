import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { probeDevices } from '../../src/coordinator/devices/probe-devices.ts';
import { readWeights } from '../../src/coordinator/weights-file.ts';
import type { Config } from '../../src/shared/config.ts';
import { deviceKind } from '../../src/shared/device.ts';
import { relativeError } from '../reference/relative-error.ts';
import { startCli } from '../support/cli-process.ts';
import { engineProcesses, untilEngineProcesses } from '../support/engine-processes.ts';
import { sliceConfig, sliceDirectory, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const patience = { timeout: 600_000 };
const reports = await probeDevices(['cuda', 'webgpu']);
let runs = 0;

/** Names of the real GPUs of a kind; without as many as the test wants, it is skipped with the reason. */
function needGpus(context: TestContext, kind: string, count: number): string[] {
  const ofKind = reports.filter(({ name }) => deviceKind(name) === kind);
  const real = ofKind.filter(({ problem, isSoftware }) => problem === undefined && !isSoftware);
  if (real.length >= count) return real.map(({ name }) => name);
  const problem = ofKind.find((report) => report.problem !== undefined)?.problem;
  context.skip(
    `needs ${count} real GPU(s), see npm run test:gpu: ${problem ?? `${kind} has ${real.length}`}`,
  );
}

async function trainOn(given: Partial<Config>) {
  const runDir = join(folder, `run-${runs++}`);
  const config = sliceConfig({
    epochs: 3,
    batchSize: 64,
    microBatch: 32,
    learningRate: 0.01,
    ...given,
    runDir,
  });
  const { history, result } = await trainToEnd(config);
  const { parameters } = await readWeights(join(runDir, 'best.safetensors'));
  return { history, devices: result.devices, parameters };
}

describe.each(['cuda', 'webgpu'])('a real GPU through %s', (kind) => {
  test(
    'agrees with the kernels and lowers the loss, with one worker and with two',
    patience,
    async (context) => {
      const [device = ''] = needGpus(context, kind, 1);
      const reference = await trainOn({ workers: 1 });
      for (const workers of [1, 2]) {
        const computed = await trainOn({ device, workers });
        for (const [index, row] of computed.history.entries()) {
          expect(row.trainLoss).toBeCloseTo(reference.history[index]?.trainLoss as number, 3);
        }
        expect(computed.history.at(-1)?.trainLoss).toBeLessThan(computed.history[0]?.trainLoss as number);
        expect(relativeError(computed.parameters, reference.parameters)).toBeLessThan(1e-2);
      }
    },
  );

  test('is given to a new process where its process is killed', patience, async (context) => {
    const [device = ''] = needGpus(context, kind, 1);
    const run = join(folder, `run-${runs++}`);
    const flags = [
      '--data',
      sliceDirectory,
      '--device',
      device,
      '--epochs',
      '20',
      '--no-metrics',
      '--run-dir',
      run,
    ];
    const cli = startCli(['train', ...flags], { environment: { TEST_RUN: run } });
    await cli.untilOutput('epoch  2/20');
    const [pid] = await untilEngineProcesses(run, 1);
    process.kill(pid as number, 'SIGKILL');
    const { exitCode, stderr } = await cli.ended;
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr).toContain('was ended by SIGKILL; a new one took its place.');
    expect(engineProcesses(run)).toEqual([]);
  });
});

describe('several real GPUs', () => {
  test(
    'have a worker each by default, and a process each that sees one of them',
    patience,
    async (context) => {
      const gpus = needGpus(context, 'cuda', 2);
      const run = join(folder, `run-${runs++}`);
      const flags = [
        '--data',
        sliceDirectory,
        '--device',
        'cuda',
        '--epochs',
        '1',
        '--no-metrics',
        '--run-dir',
        run,
      ];
      const cli = startCli(['train', ...flags], { environment: { TEST_RUN: run } });
      const pids = await untilEngineProcesses(run, gpus.length);
      const seen = pids.map(
        (pid) => /CUDA_VISIBLE_DEVICES=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1],
      );
      expect(new Set(seen).size).toBe(gpus.length);
      expect(await cli.ended).toMatchObject({ exitCode: 0 });
      const { devices } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as { devices: string[] };
      expect(devices.map((device) => device.split(' ')[0])).toEqual(gpus);
    },
  );
});
