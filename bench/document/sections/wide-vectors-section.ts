import type { PeersInput } from '../inputs.ts';
import type { Section } from '../section.ts';
import { partSection } from './part-section.ts';

/** Lockstep with vectors of 256 bits and of 128, beside some of the peers. */
export function wideVectorsSection(report: PeersInput): Section {
  return partSection(
    report,
    'With vectors of 256 bits',
    '`--wide-vectors` ([devices.md](devices.md#vectors-of-256-bits)) lets V8 make one operation on 256 bits of two on 128, to the same bits. ' +
      'It wants Node.js 24 or newer: `npx -y -p node@24` in front of the command below.',
  );
}
