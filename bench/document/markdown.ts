import { formatSpread as formatRange } from '../../src/coordinator/bench/format-spread.ts';
import { type Spread, summarize } from '../../src/coordinator/bench/statistics.ts';
import { formatCount } from '../../src/coordinator/terminal/table.ts';

/** A table of Markdown: the first column to the left, the others to the right. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(header), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function escapeCell(cell: string | number): string {
  return String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** `71,330 (67,115–74,907)`; a single value has no range. */
export function formatSpread(
  values: readonly number[] | Spread,
  format: (value: number) => string = formatCount,
): string {
  const spread = isSpread(values) ? values : summarize(values);
  return spread.min === spread.max ? format(spread.median) : formatRange(spread, format);
}

function isSpread(values: readonly number[] | Spread): values is Spread {
  return !Array.isArray(values);
}

/** A link to a picture below docs/. */
export function markdownPicture(name: string, description: string): string {
  return `![${description}](images/${name}.png)`;
}

/** `3 rounds`, `1 round`. */
export function formatRounds(rounds: number): string {
  return rounds === 1 ? '1 round' : `${rounds} rounds`;
}
