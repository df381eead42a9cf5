import { join } from 'node:path';
import type { Contestant } from '../src/coordinator/bench/interleave.ts';
import type { EvaluatedEpoch, RunFigures } from './run-figures.ts';
import { runProgram } from './run-program.ts';

/** The line of JSON that the programs in bench/peers print. */
interface PeerReport {
  samples_per_second: number;
  /** With accuracies where it was to be evaluated. */
  epochs: { seconds_since_first_step: number; validation_accuracy?: number; test_accuracy?: number }[];
  /** Seconds since 1970. */
  first_step_at: number;
  peak_memory_bytes: number;
  /** The library that multiplies its matrices. */
  blas: string;
  versions: Record<string, string>;
}

/** How much work is to be done. */
export interface PeerJob {
  epochs: number;
  /** Folder with the four IDX files. */
  data: string;
  /** Whether to validate and to test after each epoch. */
  evaluates?: boolean;
}

/** How one of the programs in bench/peers is called. */
export interface PeerCall {
  /** Starts it: a Python, or Node. */
  command: string;
  /** Path of the program. */
  program: string;
  flags: readonly string[];
  /** Of each process. */
  threads: number;
}

export function peer(name: string, call: PeerCall, job: PeerJob): Contestant<RunFigures> {
  return { name, run: () => runPeer(call, job) };
}

/** PyTorch's DistributedDataParallel over gloo, each process with one thread. */
export function pytorchDdp(
  name: string,
  python: string,
  processes: number,
  epochs: number,
  data: string,
): Contestant<RunFigures> {
  return peer(name, pytorchDdpCall(python, processes), { epochs, data });
}

export function pytorchDdpCall(python: string, processes: number): PeerCall {
  const flags = ['--processes', String(processes)];
  return { command: python, program: peerProgram('pytorch_ddp.py'), flags, threads: 1 };
}

/** Seen from the root of the repository. */
export function peerProgram(name: string): string {
  return join('bench', 'peers', name);
}

async function runPeer(call: PeerCall, { epochs, data, evaluates = false }: PeerJob): Promise<RunFigures> {
  const threads = String(call.threads);
  const environment = {
    // OpenBLAS has threads of its own, which torch.set_num_threads does not govern.
    OPENBLAS_NUM_THREADS: threads,
    // What libtensorflow goes by where its caller cannot tell it.
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: threads,
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
  const work = ['--epochs', String(epochs), '--data', data, ...(evaluates ? ['--evaluate'] : [])];
  const { stdout, startedAt } = await runProgram(
    [call.command, call.program, ...call.flags, ...work],
    environment,
  );
  const report = JSON.parse(stdout.trim().split('\n').at(-1) as string) as PeerReport;
  return {
    samplesPerSecond: report.samples_per_second,
    startupSeconds: report.first_step_at - startedAt,
    peakMemoryBytes: report.peak_memory_bytes,
    nonGradientShare: undefined,
    ...(evaluates && { evaluatedEpochs: readEvaluation(report) }),
    report: { ...report },
  };
}

function readEvaluation({ epochs }: PeerReport): EvaluatedEpoch[] {
  return epochs.map((epoch) => ({
    secondsSinceFirstStep: epoch.seconds_since_first_step,
    validationAccuracy: epoch.validation_accuracy as number,
    testAccuracy: epoch.test_accuracy as number,
  }));
}
