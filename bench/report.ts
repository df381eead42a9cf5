import { fixed, formatSpread, rounded } from '../src/coordinator/bench/format-spread.ts';
import { type BenchMachine, quietLoad } from '../src/coordinator/bench/machine.ts';
import { summarize } from '../src/coordinator/bench/statistics.ts';
import { trainingSamples } from '../src/coordinator/dataset/reference-split.ts';
import { formatCount, formatTable } from '../src/coordinator/terminal/table.ts';
import type { Versions } from '../src/coordinator/version.ts';
import { type Comparison, contestantNames, reachesAim } from './comparisons.ts';
import { formatPeerVersions } from './peer-versions.ts';
import type { RunFigures } from './run-figures.ts';

/** All that one call of the benchmark found out; what `--json` writes. */
export interface BenchReport {
  date: string;
  machine: BenchMachine;
  versions: Versions;
  command: string;
  /** What each peer says of itself, by contestant. */
  peerVersions: Record<string, Readonly<Record<string, string>>>;
  rounds: number;
  epochs: number;
  /** Of Debian's PyTorch; undefined where it did not run. */
  torch: { version: string; blas: string } | undefined;
  /** By contestant, in the order of the rounds. */
  runs: Record<string, readonly RunFigures[]>;
  comparisons: Comparison[];
  /** What could not be measured, and what helps. */
  missing: { name: string; nextStep: string }[];
  /** SHA-256 of the final weights: one, unless the promise of the project is broken. */
  weights: string[];
}

/** In batches of 128. */
const stepsPerEpoch = Math.ceil(trainingSamples / 128);

/** The report for a reader: machine, one line a contestant, one line an aim, what is missing. */
export function formatReport(report: BenchReport): string {
  const { machine, torch } = report;
  const peer = torch === undefined ? '' : ` · PyTorch ${torch.version} with ${torch.blas}`;
  const sections = [
    `${report.date} · ${machine.cpu}, ${machine.cores} cores · ${machine.system} · Node ${machine.node}${peer}\n` +
      `${report.rounds} rounds in turn, ${report.epochs} epochs each, batch 128; median (smallest–largest)`,
    contestantTable(report),
    aimTable(report.comparisons),
    ...notes(report),
  ];
  return sections.join('\n\n');
}

function contestantTable({ runs, missing }: BenchReport): string {
  const measured = Object.entries(runs).map(([name, figures]) => {
    const column = (figure: (run: RunFigures) => number, format: (value: number) => string) =>
      formatSpread(summarize(figures.map(figure)), format);
    return [
      name,
      column((run) => run.samplesPerSecond, formatCount),
      column((run) => run.startupSeconds, fixed(2)),
      column((run) => run.peakMemoryBytes / 1e6, formatCount),
    ];
  });
  const absent = missing.map(({ name }) => [name, 'missing', '', '']);
  return formatTable(
    ['', 'samples/s, training loop', 'start-up, s', 'peak memory, MB'],
    [...measured, ...absent],
  );
}

function aimTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map((comparison) => {
    const { name, unit, aim, spread } = comparison;
    const verdict = { true: 'reached', false: 'missed', undefined: '' }[`${reachesAim(comparison)}`];
    return [
      name,
      spread === undefined ? 'missing' : `${formatSpread(spread, rounded)} ${unit}`,
      aim === undefined ? '' : 'atLeast' in aim ? `≥ ${aim.atLeast}` : `≤ ${aim.atMost}`,
      verdict,
    ];
  });
  return formatTable(['', 'measured, per round', 'aim', ''], rows);
}

function notes(report: BenchReport): string[] {
  const { machine, missing, torch, weights } = report;
  const lines = [
    ...exchangeNote(report),
    ...versionNotes(report),
    ...missing.map(({ name, nextStep }) => `${name} is missing: ${nextStep}`),
  ];
  if (machine.loadBefore > quietLoad) {
    lines.push(
      `The machine was busy before the first run (load average ${machine.loadBefore.toFixed(1)}): ` +
        'the figures say little, above all those with as many workers as cores.',
    );
  }
  if (torch?.blas === 'reference BLAS') {
    lines.push(
      'PyTorch multiplies matrices with the reference BLAS here, the default of Debian’s python3-torch. ' +
        'A faster one changes its figures: sudo apt-get install libopenblas0',
    );
  }
  if (weights.length === 0) return lines;
  lines.push(
    weights.length === 1
      ? `All runs of lockstep of the same length ended with the same weights, SHA-256 ${weights[0]}`
      : `THE RUNS OF LOCKSTEP ENDED WITH DIFFERENT WEIGHTS, SHA-256 ${weights.join(', ')}`,
  );
  return lines;
}

/** How long the ranks of each run needed to add up the gradients of a step, once all were there. */
function exchangeNote({ runs, epochs }: BenchReport): string[] {
  const ranksOf = (run: RunFigures) => (run.report['ranks'] ?? []) as { exchangeSeconds: number }[];
  const steps = epochs * stepsPerEpoch;
  const microseconds = (runs[contestantNames.ranks] ?? []).map((run) => {
    const seconds = ranksOf(run).map(({ exchangeSeconds }) => exchangeSeconds);
    return (1e6 * seconds.reduce((sum, value) => sum + value, 0)) / seconds.length / steps;
  });
  if (microseconds.length === 0) return [];
  return [
    `${contestantNames.ranks}: exchange per step: ${formatSpread(summarize(microseconds), fixed(0))} µs`,
  ];
}

function versionNotes({ peerVersions }: BenchReport): string[] {
  const told = formatPeerVersions(peerVersions);
  return told.length === 0 ? [] : [`Versions: ${told.join(' · ')}`];
}
