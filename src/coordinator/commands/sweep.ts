import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { styleText } from 'node:util';
import { ConfigError, DataError, RunError } from '../../shared/errors.ts';
import { readEnvironment, readSettings } from '../config/config-sources.ts';
import { locateDataset } from '../dataset/locate-dataset.ts';
import { findDevices } from '../devices/find-devices.ts';
import { exists } from '../exists.ts';
import { formatResults } from '../sweep/results-table.ts';
import { runState } from '../sweep/run-state.ts';
import { type RunEnd, runSweep } from '../sweep/run-sweep.ts';
import { SweepClock } from '../sweep/sweep-clock.ts';
import { readSweepFile } from '../sweep/sweep-file.ts';
import { makeSweepFolder, openSweepFolder, sweepFiles } from '../sweep/sweep-folder.ts';
import { type PlannedRun, planSweep, type SweepPlan } from '../sweep/sweep-plan.ts';
import { readSweepResults, type SweepResults } from '../sweep/sweep-results.ts';
import { writeResults } from '../sweep/write-results.ts';
import { showDatasetProgress } from '../terminal/dataset-progress.ts';
import { formatDuration } from '../terminal/duration.ts';
import type { DatasetListeners } from '../training-setup.ts';
import { Interruption } from './interruption.ts';

export interface SweepCommandOptions {
  output: string | undefined;
  /** Runs at a time. */
  parallel: number;
  workers: number | undefined;
  data: string | undefined;
  /** Whether the best weights are scored on the test images. */
  test: boolean;
  /** Whether nothing is trained. */
  report: boolean;
}

/** `lockstep sweep FILE`: trains all runs of a sweep that are not complete, and compares them. */
export async function sweepCommand(
  file: string | undefined,
  options: SweepCommandOptions,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const plan = readPlan(file, options, environment);
  if (options.report) {
    const output = options.output as string;
    if (!(await exists(join(output, sweepFiles.sweep)))) {
      throw new DataError(`${output} is no folder of a sweep.`, 'Name one that "lockstep sweep" made.');
    }
    await reportSweep(output, plan, options);
    return;
  }
  const interruption = new Interruption();
  const { signal } = interruption;
  try {
    await prepare(plan, options, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    console.log('stopped before the first run, nothing was written');
    process.exitCode = interruption.exitCode ?? 0;
    return;
  }
  const path = options.output ?? (await makeSweepFolder(plan.name, new Date()));
  const lock = await openSweepFolder(path, plan);
  try {
    await trainAll(path, plan, { ...options, environment, signal });
    interruption.runIsOver();
    if (interruption.exitCode === undefined) await reportSweep(path, plan, options);
    else printInterruption(path, await readSweepResults(path, plan, undefined), environment);
  } finally {
    await lock.release();
  }
  process.exitCode = interruption.exitCode ?? 0;
}

/** From the file; or what an earlier call kept in the folder of the sweep. */
function readPlan(
  file: string | undefined,
  { output, report, parallel, workers, data }: SweepCommandOptions,
  environment: NodeJS.ProcessEnv,
): SweepPlan {
  if (report && output === undefined) {
    throw new ConfigError(['--report needs the folder of a sweep.'], 'Name it with --output.');
  }
  if (file === undefined && output === undefined) {
    throw new ConfigError(
      ['the file of a sweep is missing.'],
      'Name one, or with --output the folder of a sweep to go on with.',
    );
  }
  const share = Math.max(1, Math.floor(availableParallelism() / parallel));
  const flags = { ...(workers !== undefined && { workers }), ...(data !== undefined && { data }) };
  return planSweep(readSweepFile(file ?? join(output as string, sweepFiles.sweep)), {
    flags: readSettings(flags, 'the command line'),
    // What it said when the sweep was begun is kept in the folder.
    environment: file === undefined ? { values: new Map(), problems: [] } : readEnvironment(environment),
    workers: share,
  });
}

/** Finds out before the first run what the last one would fail with; and fetches the data once for all. */
async function prepare(plan: SweepPlan, { test }: SweepCommandOptions, signal: AbortSignal): Promise<void> {
  for (const device of new Set(plan.runs.map(({ config }) => config.device))) await findDevices(device);
  const dataset = showDatasetProgress(process.stderr);
  try {
    for (const directory of new Set(plan.runs.map(({ config }) => config.data))) {
      await locateDataset({ directory, splits: test ? ['train', 'test'] : ['train'], signal, ...dataset });
    }
  } finally {
    dataset.done();
  }
}

async function trainAll(
  path: string,
  plan: SweepPlan,
  {
    parallel,
    environment,
    signal,
  }: SweepCommandOptions & { environment: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<void> {
  const states = await Promise.all(plan.runs.map(({ folder }) => runState(join(path, folder))));
  const open = plan.runs.filter((_, index) => states[index] !== 'complete');
  printStart(path, plan, open, parallel);
  const clock = new SweepClock(open, parallel);
  let ended = plan.runs.length - open.length;
  await runSweep(plan, {
    path,
    parallel,
    environment,
    signal,
    listener: {
      onStart: (run) => clock.started(run),
      onEnd: (end) => {
        clock.ended(end);
        if (end.result === undefined && end.failure === undefined) return;
        ended++;
        const count = `${String(ended).padStart(String(plan.runs.length).length)}/${plan.runs.length}`;
        console.log(`${styleText('bold', count)}  ${describeEnd(end, clock.secondsLeft)}`);
      },
    },
  });
}

function printStart(path: string, plan: SweepPlan, open: readonly PlannedRun[], parallel: number): void {
  const { runs, configurations } = plan;
  const done = runs.length - open.length;
  const workers = [...new Set(open.map(({ config }) => config.workers))].join(' or ');
  const parts = [
    `${count(runs.length, 'run')}: ${count(configurations.length, 'configuration')} × ${count(runs.length / configurations.length, 'seed')}`,
    ...(done === 0 ? [] : [`${done} complete`]),
    ...(open.length === 0 ? [] : [`${parallel} at a time, workers: ${workers}`]),
    relativePath(path),
  ];
  console.log(parts.join(' · '));
}

function describeEnd({ run, seconds, result, failure }: RunEnd, secondsLeft: number | undefined): string {
  const name = `${run.configuration.label}, seed ${run.config.seed}`;
  const left =
    secondsLeft === undefined ? '' : styleText('dim', `  about ${formatDuration(secondsLeft)} left`);
  if (result === undefined) return `${name}  ${styleText('red', 'failed')}: ${failure}${left}`;
  const accuracy = `val acc ${result.bestValidationAccuracy.toFixed(4)} (epoch ${result.bestEpoch})`;
  return `${name}  ${accuracy}  ${formatDuration(seconds)}${left}`;
}

/** @throws RunError that lists the runs that failed */
async function reportSweep(path: string, plan: SweepPlan, options: SweepCommandOptions): Promise<void> {
  const dataset = showDatasetProgress(process.stderr);
  const listeners = onceEach(dataset);
  const workers = options.workers ?? availableParallelism();
  const results = await readSweepResults(path, plan, options.test ? { workers, listeners } : undefined);
  dataset.done();
  const picture = await writeResults(path, plan, results);
  console.log(`\n${formatResults(plan, results)}\n`);
  console.log(`results   ${relativePath(join(path, `${sweepFiles.results}.csv`))}, .json`);
  if (picture !== undefined) console.log(`picture   ${relativePath(picture)}`);
  const failed = results.runs.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return;
  throw new RunError(
    [
      `${failed.length} of ${count(results.runs.length, 'run')} failed:`,
      ...failed.map(({ run, failure }) => `  ${join(path, run.folder)}: ${failure}`),
    ].join('\n'),
    `What each printed is in its .log file. To try them again: lockstep sweep --output ${relativePath(path)}`,
  );
}

/** A notice about the data set is one, however many runs use it. */
function onceEach(listeners: DatasetListeners): DatasetListeners {
  const said = new Set<string>();
  return {
    ...listeners,
    onNotice: (text) => {
      if (!said.has(text)) listeners.onNotice?.(text);
      said.add(text);
    },
  };
}

function printInterruption(path: string, { runs }: SweepResults, environment: NodeJS.ProcessEnv): void {
  const complete = runs.filter(({ state }) => state === 'complete').length;
  // Started through npm, the command is not on the PATH.
  const command = environment['npm_command'] === undefined ? 'lockstep' : 'npx lockstep';
  console.log(
    `\nstopped and saved, ${complete} of ${count(runs.length, 'run')} complete; to go on:  ${command} sweep --output ${relativePath(path)}`,
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function relativePath(path: string): string {
  const fromHere = relative('', path);
  return fromHere.startsWith('..') ? path : fromHere;
}
