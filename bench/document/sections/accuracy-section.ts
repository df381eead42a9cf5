import { fixed } from '../../../src/coordinator/bench/format-spread.ts';
import { summarize } from '../../../src/coordinator/bench/statistics.ts';
import { isLockstep } from '../../comparisons.ts';
import { formatPeerVersions } from '../../peer-versions.ts';
import { drawContestants } from '../charts/contestants-chart.ts';
import type { AccuracyInput } from '../inputs.ts';
import { formatRounds, formatSpread, markdownPicture, markdownTable } from '../markdown.ts';
import { missingNotes } from '../missing-notes.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';

const picture = 'benchmarks-accuracy';

type Run = AccuracyInput['timeToAccuracy'][string][number];

/** How long it takes until the network is good, rather than until samples are through. */
export async function accuracySection(report: AccuracyInput): Promise<Section> {
  const { rounds, epochs, timeToAccuracy, ratios, missing = [] } = report;
  const target = `${formatTarget(report.targetAccuracy)} %`;
  const contestants = Object.entries(timeToAccuracy).filter(([, runs]) => runs.length > 0);
  const bars = contestants
    .flatMap(([name, runs]) => {
      const seconds = runs.flatMap(({ toTarget }) => (toTarget ? [toTarget.fromCommand] : []));
      const isOurs = isLockstep(name);
      return seconds.length === 0 ? [] : [{ name, ...summarize(seconds), isOurs }];
    })
    .toSorted((a, b) => a.median - b.median);
  const figure = {
    title: `From the command to ${target} of the test images right`,
    axis: 'Seconds',
    format: '.1f',
  };
  const provenance = formatProvenance(
    report,
    ...formatPeerVersions(report.peerVersions),
    `${formatRounds(rounds)} of ${epochs} epochs`,
  );
  const parts = [
    `The same job with a validation after each epoch, until ${target} of the 10,000 test images are classified rightly at the end of an epoch, and until the end of ${epochs} epochs. ` +
      'Seconds are wall time from the command, so start-up and validation count; *from the first step* they count without start-up. The test of each epoch’s weights is not in the time: it serves only to say when the target was reached. ' +
      'All use the same recipe, and their own random initial values and order of samples (of seed 0 in every round, but for tfjs, which takes none), so the number of epochs to the target differs by chance as well. ' +
      'The accuracies are those of the weights that validate best. All use both cores.',
    ...(bars.length === 0
      ? []
      : [markdownPicture(picture, `Seconds of each program to ${target} test accuracy`)]),
    markdownTable(
      [
        'median (smallest–largest)',
        `epochs to ${target}`,
        `s to ${target}`,
        'from the first step',
        `s to the end of ${epochs} epochs`,
        'from the first step',
        'best validation accuracy, %',
        'test accuracy, %',
      ],
      [
        ...contestants.map(([name, runs]) => [
          name,
          column(runs, ({ toTarget }) => toTarget?.epoch, 0),
          column(runs, ({ toTarget }) => toTarget?.fromCommand, 2),
          column(runs, ({ toTarget }) => toTarget?.fromFirstStep, 2),
          column(runs, ({ toEnd }) => toEnd.fromCommand, 2),
          column(runs, ({ toEnd }) => toEnd.fromFirstStep, 2),
          column(runs, ({ bestValidationAccuracy }) => 100 * bestValidationAccuracy, 2),
          column(runs, ({ testAccuracy }) => 100 * testAccuracy, 2),
        ]),
        ...missing.map(({ name }) => [name, 'missing', '', '', '', '', '', '']),
      ],
    ),
    provenance,
    ...(ratios.length === 0
      ? []
      : [
          `How many times as long as lockstep the peers take for the ${epochs} epochs, from the command on, round by round:`,
          markdownTable(
            ['', 'median (smallest–largest)'],
            ratios.map(({ name, spread }) => [name, `${formatSpread(spread, fixed(2))} ×`]),
          ),
          provenance,
        ]),
    ...missingNotes(missing),
  ];
  const pictures = new Map<string, string>();
  if (bars.length > 0) pictures.set(picture, await drawContestants(figure, bars));
  return { title: 'Time to accuracy', markdown: parts.join('\n\n'), pictures };
}

/** 0.8 is told as 80. */
function formatTarget(accuracy: number): string {
  return String(Number((100 * accuracy).toFixed(1)));
}

/** Of the runs that got so far; it is said where some did not. */
function column(
  runs: readonly Run[],
  figure: (run: Run) => number | null | undefined,
  digits: number,
): string {
  const values = runs.map(figure).filter((value) => typeof value === 'number');
  if (values.length === 0) return 'never';
  const some = values.length < runs.length ? `, in ${values.length} of ${runs.length} runs` : '';
  return formatSpread(values, fixed(digits)) + some;
}
