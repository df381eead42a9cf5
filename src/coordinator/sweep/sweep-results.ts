import { join } from 'node:path';
import { evaluateWeights } from '../evaluator.ts';
import { runFiles } from '../run/run-files.ts';
import type { DatasetListeners } from '../training-setup.ts';
import type { Configuration } from './configurations.ts';
import { Failures } from './failures.ts';
import { readResult, runState, type SweptResult } from './run-state.ts';
import { type Sample, summarizeSample } from './sample.ts';
import type { PlannedRun, SweepPlan } from './sweep-plan.ts';

/** What is known of a run. */
export interface SweptRun {
  run: PlannedRun;
  state: 'complete' | 'failed' | 'interrupted' | 'not begun';
  failure: string | undefined;
  result: SweptResult | undefined;
  /** Of its best weights, 0 to 1; undefined where it was not asked for. */
  testAccuracy: number | undefined;
}

/** The complete runs of a configuration, one for each seed. */
interface SweptConfiguration {
  configuration: Configuration;
  planned: number;
  complete: number;
  /** Undefined where no run is complete. */
  validationAccuracy: Sample | undefined;
  testAccuracy: Sample | undefined;
  seconds: Sample | undefined;
}

export interface SweepResults {
  runs: readonly SweptRun[];
  /** The one with the best mean first; without a complete run last. */
  configurations: readonly SweptConfiguration[];
}

/**
 * Reads what the runs of a sweep have come to, in any state of it.
 * @param path folder of the sweep
 * @param test how to score the best weights on the test images; undefined to leave it
 * @throws DataError for what no run writes, or without test images
 */
export async function readSweepResults(
  path: string,
  plan: SweepPlan,
  test: { workers: number; listeners: DatasetListeners } | undefined,
): Promise<SweepResults> {
  const failures = await Failures.read(path);
  const runs: SweptRun[] = [];
  for (const run of plan.runs) {
    const folder = join(path, run.folder);
    const result = await readResult(folder);
    const failure = result === undefined ? failures.of(run.folder) : undefined;
    const stateOfFolder = await runState(folder);
    const state = failure !== undefined ? 'failed' : stateOfFolder === 'new' ? 'not begun' : stateOfFolder;
    const testAccuracy =
      result === undefined || test === undefined
        ? undefined
        : await scoreRun(folder, run, test.workers, test.listeners);
    runs.push({ run, state, failure, result, testAccuracy });
  }
  const configurations = plan.configurations.map((each) => summarizeConfiguration(each, runs));
  return { runs, configurations: configurations.sort(byMean) };
}

async function scoreRun(
  folder: string,
  { config }: PlannedRun,
  workers: number,
  listeners: DatasetListeners,
): Promise<number> {
  const weightsFile = join(folder, runFiles.best);
  const request = { weightsFile, split: 'test', workers, data: config.data } as const;
  return (await evaluateWeights(request, listeners)).accuracy;
}

function summarizeConfiguration(configuration: Configuration, all: readonly SweptRun[]): SweptConfiguration {
  const runs = all.filter(({ run }) => run.configuration === configuration);
  const sample = (value: (run: SweptRun) => number | undefined) =>
    summarizeSample(runs.map(value).filter((each) => each !== undefined));
  return {
    configuration,
    planned: runs.length,
    complete: runs.filter(({ state }) => state === 'complete').length,
    validationAccuracy: sample(({ result }) => result?.bestValidationAccuracy),
    testAccuracy: sample(({ testAccuracy }) => testAccuracy),
    seconds: sample(({ result }) => result?.seconds),
  };
}

function byMean(one: SweptConfiguration, other: SweptConfiguration): number {
  const mean = ({ validationAccuracy }: SweptConfiguration) => validationAccuracy?.mean ?? -1;
  return mean(other) - mean(one);
}
