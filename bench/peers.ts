import { join } from 'node:path';
import type { Contestant } from '../src/coordinator/bench/interleave.ts';
import type { RunFigures } from './run-figures.ts';
import { runProgram } from './run-program.ts';

/** The line of JSON that the programs in bench/peers print. */
interface PeerReport {
  samples_per_second: number;
  /** Seconds since 1970. */
  first_step_at: number;
  peak_memory_bytes: number;
  /** The library that multiplies its matrices. */
  blas: string;
}

/** PyTorch in one process with so many threads. */
export function pytorch(
  name: string,
  python: string,
  threads: number,
  epochs: number,
  data: string,
): Contestant<RunFigures> {
  const flags = ['--threads', String(threads), '--epochs', String(epochs), '--data', data];
  return { name, run: () => runPeer(python, 'pytorch.py', flags, threads) };
}

/** PyTorch's DistributedDataParallel over gloo, each process with one thread. */
export function pytorchDdp(
  name: string,
  python: string,
  processes: number,
  epochs: number,
  data: string,
): Contestant<RunFigures> {
  const flags = ['--processes', String(processes), '--epochs', String(epochs), '--data', data];
  return { name, run: () => runPeer(python, 'pytorch_ddp.py', flags, 1) };
}

async function runPeer(
  python: string,
  program: string,
  flags: readonly string[],
  threads: number,
): Promise<RunFigures> {
  const path = join('bench', 'peers', program);
  // OpenBLAS has threads of its own, which torch.set_num_threads does not govern.
  const environment = { OPENBLAS_NUM_THREADS: String(threads) };
  const { stdout, startedAt } = await runProgram(python, [path, ...flags], environment);
  const report = JSON.parse(stdout.trim().split('\n').at(-1) as string) as PeerReport;
  return {
    samplesPerSecond: report.samples_per_second,
    startupSeconds: report.first_step_at - startedAt,
    peakMemoryBytes: report.peak_memory_bytes,
    nonGradientShare: undefined,
    report: { ...report },
  };
}
