import type { PeersInput } from '../inputs.ts';
import type { Section } from '../section.ts';
import { partSection } from './part-section.ts';

/** Some of the contestants, alone: for longer, or in more rounds, than all of them together. */
export function fewerPeersSection(report: PeersInput): Section {
  return partSection(
    report,
    'Against fewer peers, for longer',
    'The same job again, with fewer programs. Longer runs weigh the first epoch’s warm-up less, and so they do a slowdown of a second or two, which a machine has that others use as well.',
  );
}
