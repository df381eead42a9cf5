import type { RunView, RunViewUpdate, SeriesName } from './run-view.ts';

const seriesNames: readonly SeriesName[] = ['history', 'stepLosses', 'throughput', 'workerTimes', 'events'];

/**
 * What leads from one view of a run to a later one. Objects that are the same in both count as unchanged, others as changed.
 * The update also leads to `now` from any view in between.
 */
export function updateBetween(before: RunView, now: RunView): RunViewUpdate {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(now)) {
    if (isSeries(name) || value === before[name as keyof RunView]) continue;
    fields[name] = value ?? null;
  }
  const series: Record<string, unknown> = {};
  for (const name of seriesNames) {
    const from = commonLength(before[name], now[name]);
    if (from < before[name].length || from < now[name].length) {
      series[name] = { from, items: now[name].slice(from) };
    }
  }
  return { fields, series };
}

/** The later view, as `updateBetween` was given it. */
export function applyUpdate(view: RunView, { fields, series }: RunViewUpdate): RunView {
  const updated: Record<string, unknown> = { ...view };
  for (const [name, value] of Object.entries(fields)) updated[name] = value ?? undefined;
  for (const name of seriesNames) {
    const tail = series[name];
    if (tail !== undefined) updated[name] = [...view[name].slice(0, tail.from), ...tail.items];
  }
  return updated as unknown as RunView;
}

function isSeries(name: string): boolean {
  return seriesNames.some((each) => each === name);
}

function commonLength(before: readonly unknown[], now: readonly unknown[]): number {
  const length = Math.min(before.length, now.length);
  let common = 0;
  while (common < length && before[common] === now[common]) common++;
  return common;
}
