import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contestant } from '../src/coordinator/bench/interleave.ts';
import type { RunResult } from '../src/coordinator/run/run-result.ts';
import type { RunFigures } from './run-figures.ts';
import { runProgram } from './run-program.ts';
import { type Watched, watchRun } from './run-watchers.ts';

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
): Contestant<RunFigures> {
  return { name, run: () => runLockstep(workers, epochs, data, watchings[observed]) };
}

async function runLockstep(
  workers: number,
  epochs: number,
  data: string,
  watching: Watching,
): Promise<RunFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  let stopWatching: (() => Promise<Watched>) | undefined;
  try {
    const runDirectory = join(folder, 'run');
    const sizes = ['--workers', String(workers), '--epochs', String(epochs)];
    const flags = [...sizes, '--data', data, '--run-dir', runDirectory, ...watching.flags(folder)];
    await runProgram(process.execPath, [cli, 'train', ...flags], {}, (stderr) => {
      const url = /page +(http:\/\/\S+)/.exec(stderr)?.[1];
      if (watching.byClients && url !== undefined) stopWatching ??= watchRun(url);
    });
    const watched = await stopWatching?.();
    if (watching.byClients) checkWatched(watched);
    return readFigures(JSON.parse(await readFile(join(runDirectory, 'result.json'), 'utf8')) as RunResult);
  } finally {
    await stopWatching?.();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws Error where the figures would be those of a run that nobody watched */
function checkWatched(watched: Watched | undefined): void {
  const { scrapes = 0, pageEvents = 0 } = watched ?? {};
  if (scrapes > 0 && pageEvents > 0) return;
  throw new Error(
    `the run was to be watched, but was scraped ${scrapes} times and told ${pageEvents} events`,
  );
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
