import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant } from '../src/coordinator/bench/interleave.ts';
import { withRunFolder } from '../src/coordinator/bench/run-folder.ts';
import { checkpointsFolder } from '../src/coordinator/checkpoint/checkpoint-store.ts';
import { readHistory } from '../src/coordinator/run/history.ts';
import { runFiles } from '../src/coordinator/run/run-files.ts';
import type { RunResult } from '../src/coordinator/run/run-result.ts';
import { mpiLauncher } from './mpi-launcher.ts';
import { type EvaluatedEpoch, evaluationCost, nonGradientShare, type RunFigures } from './run-figures.ts';
import { runProgram } from './run-program.ts';
import { type Watched, watchRun } from './run-watchers.ts';
import { watchThreads } from './thread-times.ts';

const cli = join('dist', 'coordinator', 'cli.js');

/** What a contestant does beside the training. */
interface Watching {
  flags(folder: string): readonly string[];
  /** Whether clients watch the run over HTTP. */
  byClients: boolean;
}

const watchings = {
  /** As a user calls it: the metrics can be asked for, but nobody does. */
  default: { flags: () => [], byClients: false },
  nothing: { flags: () => ['--no-metrics'], byClients: false },
  everything: {
    flags: (folder) => ['--metrics-port', '0', '--tensorboard', '--trace', join(folder, 'trace.json')],
    byClients: true,
  },
} as const satisfies Record<string, Watching>;

/** What is asked of a run beside the training. */
interface Variant {
  /** Processes under Open MPI, each with so many workers; undefined without MPI. */
  ranks?: number;
  /** Whether to test the weights of each epoch, when the run is over. */
  evaluates?: boolean;
  wideVectors?: boolean;
}

/**
 * `lockstep train` as a user calls it, into a run folder that is thrown away.
 * @param observed how much of what makes a run observable takes part
 */
export function lockstep(
  name: string,
  workers: number,
  epochs: number,
  data: string,
  observed: keyof typeof watchings = 'default',
  variant: Variant = {},
): Contestant<RunFigures> {
  return { name, run: () => runLockstep(workers, epochs, data, watchings[observed], variant) };
}

async function runLockstep(
  workers: number,
  epochs: number,
  data: string,
  watching: Watching,
  { ranks, evaluates = false, wideVectors = false }: Variant,
): Promise<RunFigures> {
  return withRunFolder(async (runDirectory, folder) => {
    const sizes = ['--workers', String(workers), '--epochs', String(epochs)];
    const width = wideVectors ? ['--wide-vectors'] : [];
    const kept = evaluates ? ['--keep-checkpoints', String(epochs)] : [];
    const flags = [
      ...sizes,
      ...width,
      ...kept,
      '--data',
      data,
      '--run-dir',
      runDirectory,
      ...watching.flags(folder),
    ];
    const { command, environment } = mpiLauncher(ranks);
    const line = [...command, process.execPath, cli, 'train', ...flags];
    const threads = await runWatched(line, environment, watching);
    const result = JSON.parse(await readFile(join(runDirectory, runFiles.result), 'utf8')) as RunResult;
    // Under MPI the threads are those of the launcher.
    const figures = readFigures(result, ranks === undefined ? shareOfOthers(threads, workers) : undefined);
    return evaluates ? { ...figures, evaluatedEpochs: await evaluate(runDirectory, data) } : figures;
  });
}

/**
 * Runs a program, and has clients watch it as soon as it tells where its page is.
 * @returns CPU seconds of each of its threads, the busiest first
 */
async function runWatched(
  line: readonly string[],
  environment: Readonly<Record<string, string>>,
  { byClients }: Watching,
): Promise<number[]> {
  let stopWatching: (() => Promise<Watched>) | undefined;
  let stopCounting: (() => Promise<number[]>) | undefined;
  let threads: number[] = [];
  const startClients = (stderr: string) => {
    const url = /page +(http:\/\/\S+)/.exec(stderr)?.[1];
    if (url !== undefined) stopWatching ??= watchRun(url);
  };
  const startCounting = (pid: number) => {
    stopCounting = watchThreads(pid);
  };
  try {
    await runProgram(line, environment, byClients ? startClients : undefined, startCounting);
    if (byClients) checkWatched(await stopWatching?.());
  } finally {
    await stopWatching?.();
    threads = (await stopCounting?.()) ?? [];
  }
  return threads;
}

/**
 * The workers are the threads that compute all the time.
 * @param threads CPU seconds of each, the busiest first
 * @returns CPU time of the others by that of all, 0 to 1; undefined where nothing is known
 */
export function shareOfOthers(threads: readonly number[], workers: number): number | undefined {
  const sum = (seconds: readonly number[]) => seconds.reduce((all, each) => all + each, 0);
  const all = sum(threads);
  return all === 0 ? undefined : sum(threads.slice(workers)) / all;
}

/** @throws Error where the figures would be those of a run that nobody watched */
function checkWatched(watched: Watched | undefined): void {
  const { scrapes = 0, pageEvents = 0 } = watched ?? {};
  if (scrapes > 0 && pageEvents > 0) return;
  throw new Error(
    `the run was to be watched, but was scraped ${scrapes} times and told ${pageEvents} events`,
  );
}

/** A checkpoint holds the weights that the validation at the epoch's end was of. */
async function evaluate(runDirectory: string, data: string): Promise<EvaluatedEpoch[]> {
  const history = await readHistory(join(runDirectory, runFiles.history));
  const folder = join(runDirectory, checkpointsFolder);
  const checkpoints = (await readdir(folder)).toSorted();
  if (checkpoints.length !== history.length) {
    throw new Error(
      `${checkpoints.length} checkpoints, expected one of each of the ${history.length} epochs`,
    );
  }
  const epochs: EvaluatedEpoch[] = [];
  let elapsed = 0;
  for (const [index, { seconds, validationAccuracy }] of history.entries()) {
    elapsed += seconds;
    const flags = ['evaluate', join(folder, checkpoints[index] as string), '--json', '--data', data];
    const { stdout } = await runProgram([process.execPath, cli, ...flags]);
    const { accuracy } = JSON.parse(stdout) as { accuracy: number };
    epochs.push({ secondsSinceFirstStep: elapsed, validationAccuracy, testAccuracy: accuracy });
  }
  return epochs;
}

/** The one place that knows the fields of result.json. */
function readFigures(result: RunResult, otherThreadsShare: number | undefined): RunFigures {
  return {
    samplesPerSecond: result.samplesPerSecond,
    startupSeconds: result.startupSeconds,
    peakMemoryBytes: result.peakMemoryBytes,
    nonGradientShare: nonGradientShare(result.stepPhases),
    evaluationCost: evaluationCost(result.stepPhases),
    otherThreadsShare,
    report: { ...result },
  };
}
