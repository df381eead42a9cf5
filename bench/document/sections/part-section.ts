import { comparisonTable } from '../comparison-table.ts';
import type { PeersInput } from '../inputs.ts';
import { formatRounds } from '../markdown.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';
import { speedTable } from '../speed-table.ts';

/** Speeds and ratios of a file that does not have all contestants. */
export function partSection(report: PeersInput, title: string, text: string): Section {
  const provenance = formatProvenance(report, `${formatRounds(report.rounds)} of ${report.epochs} epochs`);
  const parts = [
    text,
    speedTable(report),
    provenance,
    comparisonTable(report.comparisons.filter(({ spread }) => spread)),
    provenance,
  ];
  return { title, markdown: parts.join('\n\n'), pictures: new Map() };
}
