import { isOfObservation, watchedEpochFactor, watchingCostName } from '../../comparisons.ts';
import { comparisonTable } from '../comparison-table.ts';
import type { PeersInput } from '../inputs.ts';
import { formatRounds } from '../markdown.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';
import { speedTable } from '../speed-table.ts';

const cpuTimeNote =
  'The *CPU time of watching* is the share that all threads but the workers have in a run’s CPU time, with everything less that with nothing: what the workers lose where all cores ' +
  'compute. What else the machine does disturbs it far less than the ratio of the speeds. What a worker itself does for the trace is not in it.';

/** Runs that are watched in every way, and runs that are not. */
export function observationSection(report: PeersInput): Section {
  const costs = report.comparisons.filter(({ name }) => isOfObservation(name));
  const provenance = formatProvenance(
    report,
    `${formatRounds(report.rounds)} of ${watchedEpochFactor * report.epochs} epochs`,
  );
  const parts = [
    '*Everything*: `/metrics` scraped once a second, the page open in a client that reads its events, `--tensorboard` and `--trace`. *Nothing*: `--no-metrics`. ' +
      'A ratio of 0.98 is a cost of 2 %. The two run one after the other in each round.',
    ...(costs.some(({ name }) => name === watchingCostName) ? [cpuTimeNote] : []),
    speedTable(report),
    provenance,
    comparisonTable(costs),
    provenance,
  ];
  return { title: 'What watching a run costs', markdown: parts.join('\n\n'), pictures: new Map() };
}
