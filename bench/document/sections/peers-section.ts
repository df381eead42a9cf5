import { fixed } from '../../../src/coordinator/bench/format-spread.ts';
import { summarize } from '../../../src/coordinator/bench/statistics.ts';
import { formatCount } from '../../../src/coordinator/terminal/table.ts';
import { isLockstep, isObservation, isOfObservation } from '../../comparisons.ts';
import { formatPeerVersions } from '../../peer-versions.ts';
import { drawContestants } from '../charts/contestants-chart.ts';
import { comparisonTable } from '../comparison-table.ts';
import type { PeersInput } from '../inputs.ts';
import { formatRounds, formatSpread, markdownPicture, markdownTable } from '../markdown.ts';
import { missingNotes } from '../missing-notes.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';

const picture = 'benchmarks-throughput';

const throughput = {
  title: 'Training LeNet-5 on FashionMNIST',
  axis: 'Samples a second',
  format: ',.0f',
};

/** All contestants at the same job. */
export async function peersSection(report: PeersInput): Promise<Section> {
  const { rounds, epochs, torch } = report;
  const missing = (report.missing ?? []).filter(({ name }) => (report.runs[name] ?? []).length === 0);
  // Those that are watched train for longer: they have a section of their own.
  const contestants = Object.entries(report.runs)
    .filter(([name, runs]) => runs.length > 0 && !isObservation([name]))
    .map(([name, runs]) => ({
      name,
      runs,
      spread: summarize(runs.map(({ samplesPerSecond }) => samplesPerSecond)),
    }))
    .toSorted((a, b) => b.spread.median - a.spread.median);
  const bars = contestants.map(({ name, spread }) => ({ name, ...spread, isOurs: isLockstep(name) }));
  const provenance = formatProvenance(
    report,
    ...(torch ? [`PyTorch ${torch.version} with ${torch.blas}`] : []),
    ...formatPeerVersions(report.peerVersions),
    `${formatRounds(rounds)} of ${epochs} epochs`,
  );
  const parts = [
    'All train the reference: LeNet-5 with sigmoids, batch 128, Adam 0.001, the 48,000 training images of FashionMNIST in memory. They run in turn ' +
      '(A B C A B C …), never two at once, so that a change of the machine’s speed meets all of them. Samples a second are those of the training loop alone: ' +
      'start-up, validation and checkpoints are not in them, but the first epoch, in which they warm up, is. Start-up is from the command to the first step; peak memory is the largest resident set of one process. ' +
      'Plain *PyTorch* is Debian’s python3-torch, and those from PyPI are what `npm run setup:peers` installs. ONNX Runtime’s average ' +
      'pooling is the mean of a reshaped tensor, because its own has no gradient that works. tfjs cpu trains on two batches an epoch.',
    markdownPicture(picture, 'Samples a second of each program, with the range of its rounds'),
    markdownTable(
      ['median (smallest–largest)', 'samples/s', 'start-up, s', 'peak memory, MB'],
      [
        ...contestants.map(({ name, runs, spread }) => [
          name,
          formatSpread(spread),
          formatSome(
            runs.map(({ startupSeconds }) => startupSeconds),
            fixed(2),
          ),
          formatSome(
            runs.map(({ peakMemoryBytes }) =>
              typeof peakMemoryBytes === 'number' ? peakMemoryBytes / 1e6 : undefined,
            ),
            formatCount,
          ),
        ]),
        ...missing.map(({ name }) => [name, 'missing', '', '']),
      ],
    ),
    provenance,
    'The ratios are taken within each round, and their median is told: what slows the machine down for a while slows down both runs of a round. ' +
      'So a ratio’s median need not be the ratio of two medians above. An aim is what the project has set itself, on this machine.',
    comparisonTable(report.comparisons.filter(({ name }) => !isOfObservation(name))),
    provenance,
    ...missingNotes(missing),
    ...weightsNote(report),
  ];
  const svg = await drawContestants(throughput, bars);
  return { title: 'Against the peers', markdown: parts.join('\n\n'), pictures: new Map([[picture, svg]]) };
}

/** Not every program reports every figure. */
function formatSome(
  values: readonly (number | null | undefined)[],
  format: (value: number) => string,
): string {
  const known = values.filter((value): value is number => typeof value === 'number');
  return known.length === 0 ? '–' : formatSpread(known, format);
}

function weightsNote({ weights = [] }: PeersInput): string[] {
  if (weights.length === 0) return [];
  return weights.length === 1
    ? [`All runs of lockstep of the same length ended with the same weights, SHA-256 \`${weights[0]}\`.`]
    : [`**The runs of lockstep ended with different weights**, SHA-256 ${weights.join(', ')}.`];
}
