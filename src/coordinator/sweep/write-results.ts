import { join } from 'node:path';
import { writeFileAtomically } from '../atomic-file.ts';
import { writeSweepChart } from '../charts/write-charts.ts';
import { currentMachine } from '../machine.ts';
import { currentVersions } from '../version.ts';
import type { Sample } from './sample.ts';
import { sweepFiles } from './sweep-folder.ts';
import type { SweepPlan } from './sweep-plan.ts';
import type { SweepResults, SweptRun } from './sweep-results.ts';

/**
 * Writes results.csv (a row for each run), results.json and, where a run is complete, the picture.
 * @returns the path of the picture, if there is one
 * @throws RunError when something cannot be written
 */
export async function writeResults(
  path: string,
  plan: SweepPlan,
  results: SweepResults,
): Promise<string | undefined> {
  const base = join(path, sweepFiles.results);
  await writeFileAtomically(`${base}.csv`, formatCsv(plan, results.runs));
  await writeFileAtomically(`${base}.json`, `${JSON.stringify(asJson(plan, results), null, 2)}\n`);
  const rows = results.configurations.flatMap(({ configuration, validationAccuracy, testAccuracy }) =>
    validationAccuracy === undefined
      ? []
      : [{ label: configuration.label, validation: validationAccuracy, test: testAccuracy }],
  );
  return rows.length === 0 ? undefined : writeSweepChart(base, plan.name, rows);
}

function formatCsv({ axes }: SweepPlan, runs: readonly SweptRun[]): string {
  const header = [
    ...['configuration', ...axes, 'seed', 'state', 'best_epoch', 'best_val_acc', 'test_acc'],
    ...['seconds', 'samples_per_second', 'weights_sha256', 'folder', 'failure'],
  ];
  const rows = runs.map(({ run, state, failure, result, testAccuracy }) => [
    ...[run.configuration.label, ...run.configuration.values, run.config.seed, state],
    ...[result?.bestEpoch, result?.bestValidationAccuracy, testAccuracy],
    ...[result?.seconds, result?.samplesPerSecond, result?.weightsSha256, run.folder, failure],
  ]);
  return [header, ...rows].map((cells) => `${cells.map(formatCell).join(',')}\n`).join('');
}

/** RFC 4180. */
function formatCell(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function asJson(plan: SweepPlan, { configurations, runs }: SweepResults) {
  return {
    name: plan.name,
    versions: currentVersions(),
    machine: currentMachine(),
    configurations: configurations.map(({ configuration, planned, complete, ...samples }) => ({
      configuration: configuration.label,
      ...axisValues(plan, configuration.values),
      planned,
      complete,
      bestValidationAccuracy: spread(samples.validationAccuracy),
      testAccuracy: spread(samples.testAccuracy),
      seconds: spread(samples.seconds),
    })),
    runs: runs.map(({ run, state, failure, result, testAccuracy }) => ({
      configuration: run.configuration.label,
      seed: run.config.seed,
      state,
      failure,
      ...result,
      testAccuracy,
      folder: run.folder,
    })),
  };
}

function axisValues({ axes }: SweepPlan, values: readonly string[]): { axes?: Record<string, string> } {
  if (axes.length === 0) return {};
  return { axes: Object.fromEntries(axes.map((axis, index) => [axis, values[index] as string])) };
}

function spread(sample: Sample | undefined) {
  return sample && { mean: sample.mean, standardDeviation: sample.standardDeviation, values: sample.values };
}
