import { comparisonTable } from '../comparison-table.ts';
import type { PeersInput } from '../inputs.ts';
import { formatRounds } from '../markdown.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';
import { speedTable } from '../speed-table.ts';

/** Some of the contestants, alone: for longer, or in more rounds, than all of them together. */
export function fewerPeersSection(report: PeersInput): Section {
  const provenance = formatProvenance(report, `${formatRounds(report.rounds)} of ${report.epochs} epochs`);
  const parts = [
    'The same job again, with fewer programs. Longer runs weigh the first epoch’s warm-up less, and so they do a slowdown of a second or two, which a machine has that others use as well.',
    speedTable(report),
    provenance,
    comparisonTable(report.comparisons.filter(({ spread }) => spread)),
    provenance,
  ];
  return { title: 'Against fewer peers, for longer', markdown: parts.join('\n\n'), pictures: new Map() };
}
