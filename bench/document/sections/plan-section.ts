import { fixed } from '../../../src/coordinator/bench/format-spread.ts';
import { pairedRatios } from '../../../src/coordinator/bench/statistics.ts';
import type { PlanInput } from '../inputs.ts';
import { formatRounds, formatSpread, markdownTable } from '../markdown.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';

const parts = ['step', 'compute', 'update', 'rest'] as const;

/** What `lockstep plan` predicts for ranks on this machine, beside what they take. */
export function planSection(report: PlanInput): Section {
  const rows = report.combinations.flatMap(({ name, runs }) => {
    const ratios = pairedRatios(
      runs.map(({ measured }) => measured.step),
      runs.map(({ predicted }) => predicted.step),
    );
    return (['predicted', 'measured'] as const).map((which) => [
      `${name} ${which}`,
      ...parts.map((part) =>
        formatSpread(
          runs.map((run) => 1000 * run[which][part]),
          fixed(2),
        ),
      ),
      which === 'measured' ? formatSpread(ratios, fixed(2)) : '',
    ]);
  });
  const markdown = [
    '`lockstep plan` predicts how a run scales over machines. This can be checked on one machine, with ranks that share its cores and talk over the loopback device: each ' +
      'prediction is made from kernels that are timed right before the run that it is for. *Update* is adding up and Adam; *rest* is the gather, waiting for other ranks and workers, ' +
      'and the change of phases. With more ranks than cores they are predicted to work in turn. A measured step is the mean of the quickest of five epochs.',
    markdownTable(
      ['ranks × workers', ...parts.map((part) => `${part}, ms`), 'measured by predicted step'],
      rows,
    ),
    formatProvenance(report, `batch ${report.batchSize}`, formatRounds(report.rounds)),
  ];
  return { title: 'What lockstep plan predicts', markdown: markdown.join('\n\n'), pictures: new Map() };
}
