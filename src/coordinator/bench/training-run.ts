import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RunError } from '../../shared/errors.ts';
import { readHistory } from '../run/history.ts';
import { runFiles } from '../run/run-files.ts';
import type { RunResult } from '../run/run-result.ts';
import { readWorkerTimes, type WorkerEpoch } from '../run/worker-times.ts';
import type { MeanStep } from '../telemetry/mean-step.ts';
import { withRunFolder } from './run-folder.ts';
import { meanRate } from './statistics.ts';

/** The path is the same seen from src/ and from dist/. */
const cli = fileURLToPath(new URL('../../../dist/coordinator/cli.js', import.meta.url));

/** What the workers on one device did; shares are of their time in training steps, 0 to 1. */
export interface DeviceFigures {
  device: string;
  workers: number;
  /** Of the samples of all devices, 0 to 1. */
  samplesShare: number;
  /** Forward and backward, with the way to the device and back. */
  computeShare: number;
  /** Tree reduction and Adam. */
  updateShare: number;
  /** For other workers. */
  waitShare: number;
}

/** What one run is judged by. */
export interface TrainingFigures {
  /** Of training steps alone; without the first epoch, if there are others. */
  samplesPerSecond: number;
  /** From the command to the first step. */
  startupSeconds: number;
  /** Largest resident set of the process; what devices' child processes hold is not in it. */
  peakMemoryBytes: number;
  weightsSha256: string;
  /** Of the last epoch. */
  meanStep: MeanStep;
  devices: DeviceFigures[];
}

/**
 * Trains in a process of its own, as a user would, into a run folder that is thrown away.
 * @param flags of `lockstep train`
 * @throws RunError with what the run failed with
 */
export async function measureTraining(flags: readonly string[]): Promise<TrainingFigures> {
  return withRunFolder(async (run) => {
    await runCommand(['train', '--no-metrics', '--run-dir', run, ...flags]);
    const result = JSON.parse(await readFile(join(run, runFiles.result), 'utf8')) as RunResult;
    const history = await readHistory(join(run, runFiles.history));
    const workers = (await readWorkerTimes(join(run, runFiles.workers))) ?? [];
    const isCounted = ({ epoch }: { epoch: number }) => epoch > 1 || history.length === 1;
    const rates = history.filter(isCounted).map(({ samplesPerSecond }) => samplesPerSecond);
    return {
      // All epochs have the same number of samples.
      samplesPerSecond: meanRate(rates),
      startupSeconds: result.startupSeconds,
      peakMemoryBytes: result.peakMemoryBytes,
      weightsSha256: result.weightsSha256,
      meanStep: result.meanStep,
      devices: sumByDevice(workers.filter(isCounted)),
    };
  });
}

async function runCommand(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [cli, ...args]);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const message = stderr.split('\n').find((line) => line.startsWith('error: ')) ?? stderr.trim();
    throw new RunError(
      `lockstep ${args.join(' ')} failed: ${message.replace('error: ', '')}`,
      undefined,
      error,
    );
  }
}

/** One entry a device, in the order of its first worker. */
export function sumByDevice(rows: readonly WorkerEpoch[]): DeviceFigures[] {
  const sum = (of: readonly WorkerEpoch[], figure: (row: WorkerEpoch) => number) =>
    of.reduce((total, row) => total + figure(row), 0);
  const allSamples = sum(rows, ({ samples }) => samples);
  return [...new Set(rows.map(({ device }) => device))].map((device) => {
    const ofDevice = rows.filter((row) => row.device === device);
    const seconds = sum(ofDevice, ({ totalSeconds, evaluationSeconds }) => totalSeconds - evaluationSeconds);
    return {
      device,
      workers: new Set(ofDevice.map(({ worker }) => worker)).size,
      samplesShare: sum(ofDevice, ({ samples }) => samples) / allSamples,
      computeShare: sum(ofDevice, ({ computeSeconds }) => computeSeconds) / seconds,
      updateShare: sum(ofDevice, ({ updateSeconds }) => updateSeconds) / seconds,
      waitShare: sum(ofDevice, ({ waitSeconds }) => waitSeconds) / seconds,
    };
  });
}
