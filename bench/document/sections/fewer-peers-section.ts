import { comparisonTable } from '../comparison-table.ts';
import type { PeersInput } from '../inputs.ts';
import { formatRounds } from '../markdown.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';
import { speedTable } from '../speed-table.ts';

/** Some of the contestants, alone: for longer, or in more rounds, than all of them together. */
export function fewerPeersSection(report: PeersInput): Section {
  return partSection(
    report,
    'Against fewer peers, for longer',
    'The same job again, with fewer programs. Longer runs weigh the first epoch’s warm-up less, and so they do a slowdown of a second or two, which a machine has that others use as well.',
  );
}

/** Lockstep with vectors of 256 bits and of 128, beside some of the peers. */
export function wideVectorsSection(report: PeersInput): Section {
  return partSection(
    report,
    'With vectors of 256 bits',
    '`--wide-vectors` ([devices.md](devices.md#vectors-of-256-bits)) lets V8 make one operation on 256 bits of two on 128, to the same bits. ' +
      'It wants Node.js 24 or newer: `npx -y -p node@24` in front of the command below.',
  );
}

/** Speeds and ratios of a file that does not have all contestants. */
function partSection(report: PeersInput, title: string, text: string): Section {
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
