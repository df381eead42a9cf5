import { join } from 'node:path';
import { type ConfigKey, configFields } from '../../shared/config.ts';
import { keepsBits } from '../../shared/device.ts';
import { trainInChild } from './child-training.ts';
import { Failures } from './failures.ts';
import { readResult, runState, type SweptResult, untilReleased } from './run-state.ts';
import { isIndifferent } from './sweep-folder.ts';
import type { PlannedRun, SweepPlan } from './sweep-plan.ts';

/** How one run of this call ended. */
export interface RunEnd {
  run: PlannedRun;
  /** Of this call. */
  seconds: number;
  /** Undefined where it failed or was interrupted. */
  result: SweptResult | undefined;
  /** What it failed with. */
  failure: string | undefined;
}

interface SweepListener {
  onStart(run: PlannedRun): void;
  onEnd(end: RunEnd): void;
}

export interface SweepOptions {
  /** Folder of the sweep, whose lock the caller holds. */
  path: string;
  /** Runs at a time. */
  parallel: number;
  environment: NodeJS.ProcessEnv;
  /** Lets what is under way save and end, and begins nothing any more. */
  signal: AbortSignal;
  listener: SweepListener;
}

/**
 * Trains the runs of a sweep that are not complete, each in a process of its own; one that fails is noted, and the others go on.
 * @throws RunError when the folder of the sweep cannot be written to; what is under way is saved first
 */
export async function runSweep(plan: SweepPlan, options: SweepOptions): Promise<void> {
  const failures = await Failures.read(options.path);
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const queue = plan.runs.values();
  const lane = async () => {
    try {
      for (const run of queue) {
        if (signal.aborted) return;
        await trainRun(run, failures, { ...options, signal });
      }
    } catch (error) {
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, lane));
  failed.signal.throwIfAborted();
}

async function trainRun(run: PlannedRun, failures: Failures, options: SweepOptions): Promise<void> {
  const { path, environment, signal, listener } = options;
  const folder = join(path, run.folder);
  const state = await runState(folder);
  if (state === 'complete') return;
  if (state === 'interrupted') await untilReleased(folder);
  const began = performance.now();
  listener.onStart(run);
  const place = state === 'interrupted' ? `--resume=${folder}` : `--run-dir=${folder}`;
  // What a resumed run keeps, it need not be told, and could not be told otherwise.
  const isTold = (key: ConfigKey) => state === 'new' || isIndifferent(key);
  const args = [
    'train',
    place,
    '--no-metrics',
    ...(run.tensorboard ? ['--tensorboard'] : []),
    ...flagsOf(run, isTold),
  ];
  const ended = await trainInChild({ args, log: `${folder}.log`, environment, signal });
  const result = await readResult(folder);
  const failure = result === undefined ? ended : undefined;
  await failures.note(run.folder, failure);
  listener.onEnd({ run, seconds: (performance.now() - began) / 1000, result, failure });
}

/** All settings, whatever their source: what a run is told does not depend on where a default comes from. */
function flagsOf({ config, setsWorkers }: PlannedRun, isTold: (key: ConfigKey) => boolean): string[] {
  // As many workers as there are GPUs, a run finds for itself.
  const leavesWorkers = !setsWorkers && !keepsBits(config.device);
  return configFields.flatMap(({ key, flag }) => {
    const value = config[key];
    if (value === undefined || value === false || !isTold(key) || (key === 'workers' && leavesWorkers))
      return [];
    return [value === true ? flag : `${flag}=${value}`];
  });
}
