import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '../src/coordinator/run/run-result.ts';
import type { Contestant, RunFigures } from './interleave.ts';
import { runProgram } from './run-program.ts';

const cli = join('dist', 'coordinator', 'cli.js');

/** `lockstep train` as a user calls it, into a run folder that is thrown away. */
export function lockstep(name: string, workers: number, epochs: number, data: string): Contestant {
  return { name, run: () => runLockstep(workers, epochs, data) };
}

async function runLockstep(workers: number, epochs: number, data: string): Promise<RunFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  try {
    const runDirectory = join(folder, 'run');
    const flags = ['--workers', String(workers), '--epochs', String(epochs)];
    await runProgram(process.execPath, [cli, 'train', ...flags, '--data', data, '--run-dir', runDirectory]);
    return readFigures(JSON.parse(await readFile(join(runDirectory, 'result.json'), 'utf8')) as RunResult);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The one place that knows the fields of result.json. */
function readFigures(result: RunResult): RunFigures {
  const { compute, evaluate, total } = result.stepPhases;
  const training = total - evaluate;
  return {
    samplesPerSecond: result.samplesPerSecond,
    startupSeconds: result.startupSeconds,
    peakMemoryBytes: result.peakMemoryBytes,
    nonGradientShare: (training - compute) / training,
    report: { ...result },
  };
}
