import { contestantNames, watchedEpochFactor, watchingCostName } from '../../comparisons.ts';
import { comparisonTable } from '../comparison-table.ts';
import type { PeersInput } from '../inputs.ts';
import { formatRounds, formatSpread, markdownTable } from '../markdown.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';

/** Runs that are watched in every way, and runs that are not. */
export function observationSection(report: PeersInput): Section {
  const costs = report.comparisons.filter(
    ({ name }) => name.startsWith(contestantNames.observed) || name === watchingCostName,
  );
  const provenance = formatProvenance(
    report,
    `${formatRounds(report.rounds)} of ${watchedEpochFactor * report.epochs} epochs`,
  );
  const parts = [
    '*Everything*: `/metrics` scraped once a second, the page open in a client that reads its events, `--tensorboard` and `--trace`. *Nothing*: `--no-metrics`. ' +
      'A ratio of 0.98 is a cost of 2 %. The two run one after the other in each round. The *CPU time of watching* is the share of all threads but the workers in a run’s CPU time, ' +
      'with everything less that with nothing: on a machine whose cores all compute it is what the workers lose, and does not depend on what else the machine does. ' +
      'What a worker itself does for a trace, some 30 records of 0.15 µs a step, is not in it.',
    markdownTable(
      ['median (smallest–largest)', 'samples/s'],
      Object.entries(report.runs).map(([name, runs]) => [
        name,
        formatSpread(runs.map(({ samplesPerSecond }) => samplesPerSecond)),
      ]),
    ),
    provenance,
    comparisonTable(costs),
    provenance,
  ];
  return { title: 'What watching a run costs', markdown: parts.join('\n\n'), pictures: new Map() };
}
