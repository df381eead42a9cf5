import { styleText } from 'node:util';
import Table from 'cli-table3';

const noBorders = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat('left-mid', 'mid-mid', 'right-mid', 'middle')
    .map((part) => [part, part === 'middle' ? '  ' : '']),
);

/**
 * A plain table for the terminal, without borders.
 * @param leftColumns how many of the first columns are set to the left; the others are to the right
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  leftColumns = 1,
): string {
  const table = new Table({
    head: header.map((text) => styleText('bold', text)),
    colAligns: header.map((_, column) => (column < leftColumns ? 'left' : 'right')),
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? formatCount(cell) : cell))));
  return table.toString();
}

/** A whole number with thousands separated: 61,706. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
