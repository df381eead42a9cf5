import { formatDuration } from '../terminal/duration.ts';
import { formatTable } from '../terminal/table.ts';
import type { Sample } from './sample.ts';
import type { SweepPlan } from './sweep-plan.ts';
import type { SweepResults } from './sweep-results.ts';

const missing = '–';

/** A row for each configuration, the best one first. Accuracies are in percent. */
export function formatResults({ axes, name }: SweepPlan, { configurations }: SweepResults): string {
  const hasTest = configurations.some(({ testAccuracy }) => testAccuracy !== undefined);
  const header = [
    ...(axes.length === 0 ? ['sweep'] : axes),
    'runs',
    'best validation accuracy, %',
    ...(hasTest ? ['test accuracy, %'] : []),
    'time of a run',
  ];
  const rows = configurations.map((each) => [
    ...(axes.length === 0 ? [name] : each.configuration.values),
    each.complete === each.planned ? String(each.planned) : `${each.complete} of ${each.planned}`,
    formatAccuracy(each.validationAccuracy),
    ...(hasTest ? [formatAccuracy(each.testAccuracy)] : []),
    each.seconds === undefined ? missing : formatDuration(each.seconds.mean),
  ]);
  return formatTable(header, rows, Math.max(1, axes.length));
}

/** `90.12 ± 0.34`, in percent. */
function formatAccuracy(sample: Sample | undefined): string {
  if (sample === undefined) return missing;
  const percent = (ratio: number) => (100 * ratio).toFixed(2);
  const spread = sample.standardDeviation === undefined ? '' : ` ± ${percent(sample.standardDeviation)}`;
  return `${percent(sample.mean)}${spread}`;
}
