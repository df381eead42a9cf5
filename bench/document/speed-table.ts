import type { PeersInput } from './inputs.ts';
import { formatSpread, markdownTable } from './markdown.ts';

/** The samples a second of each contestant, in the order of the file. */
export function speedTable({ runs }: PeersInput): string {
  return markdownTable(
    ['median (smallest–largest)', 'samples/s'],
    Object.entries(runs).map(([name, figures]) => [
      name,
      formatSpread(figures.map(({ samplesPerSecond }) => samplesPerSecond)),
    ]),
  );
}
