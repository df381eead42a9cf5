import { formatCount, formatTable } from '../terminal/table.ts';
import type { PlannedHosts } from './host-plan.ts';

/** The table of a plan: a line for each number of hosts. */
export function formatPlan(rows: readonly PlannedHosts[]): string {
  const header = ['hosts', 'shards a worker', 'compute', 'gather', 'update', 'other', 'step', 'samples/s'];
  return formatTable(
    [...header, 'speed-up', 'efficiency'],
    rows.map((row) => [
      row.hosts,
      row.shardsPerWorker.toFixed(row.shardsPerWorker < 10 ? 2 : 0),
      formatMilliseconds(row.computeSeconds),
      row.gather === undefined ? '–' : formatMilliseconds(row.gatherSeconds),
      formatMilliseconds(row.combineSeconds + row.updateSeconds),
      formatMilliseconds(row.overheadSeconds),
      formatMilliseconds(row.stepSeconds),
      row.samplesPerSecond,
      row.speedUp.toFixed(row.speedUp < 100 ? 1 : 0),
      formatPercent(row.efficiency),
    ]),
    0,
  );
}

/** `0.041 ms`, `3.41 ms`, `1,250 ms`. */
export function formatMilliseconds(seconds: number): string {
  const milliseconds = 1000 * seconds;
  if (milliseconds >= 100) return `${formatCount(milliseconds)} ms`;
  return `${milliseconds < 1 ? milliseconds.toFixed(3) : milliseconds.toPrecision(3)} ms`;
}

/** `82 %`, `0.4 %`, `<0.1 %`. */
export function formatPercent(ratio: number): string {
  if (ratio < 0.001) return '<0.1 %';
  return `${(100 * ratio).toFixed(ratio < 0.0995 ? 1 : 0)} %`;
}

/** `247 KB`, `2.5 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** `1 host`, `2,000 hosts`. */
export function formatHosts(hosts: number): string {
  return `${formatCount(hosts)} host${hosts === 1 ? '' : 's'}`;
}
