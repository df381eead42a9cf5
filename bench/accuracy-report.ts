import { fixed, formatSpread } from '../src/coordinator/bench/format-spread.ts';
import type { BenchMachine } from '../src/coordinator/bench/machine.ts';
import { pairedRatios, type Spread, summarize } from '../src/coordinator/bench/statistics.ts';
import { formatTable } from '../src/coordinator/terminal/table.ts';
import type { Versions } from '../src/coordinator/version.ts';
import type { MissingContestant } from './contestants.ts';
import type { EvaluatedEpoch, RunFigures } from './run-figures.ts';

/** Of the test images, classified rightly at the end of an epoch: what all frameworks reach in this job. */
export const targetAccuracy = 0.8;

/** Seconds of wall time. */
interface Duration {
  fromFirstStep: number;
  fromCommand: number;
}

/** How long one run took to become good. */
export interface AccuracyFigures {
  /** Until the end of the first epoch that reached the target; undefined where none did. */
  toTarget: (Duration & { epoch: number }) | undefined;
  toEnd: Duration;
  bestValidationAccuracy: number;
  /** Of the weights with the best validation accuracy. */
  testAccuracy: number;
}

/** What `npm run bench -- --to-accuracy --json FILE` writes. */
export interface AccuracyReport {
  date: string;
  machine: BenchMachine;
  versions: Versions;
  command: string;
  rounds: number;
  epochs: number;
  targetAccuracy: number;
  peerVersions: Record<string, Readonly<Record<string, string>>>;
  /** By contestant, in the order of the rounds. */
  timeToAccuracy: Record<string, AccuracyFigures[]>;
  /** Time from the command to the end of each peer by that of lockstep with as many workers as the peer has cores. */
  ratios: { name: string; spread: Spread }[];
  missing: readonly MissingContestant[];
}

export function readAccuracy({ startupSeconds, evaluatedEpochs }: RunFigures): AccuracyFigures {
  const epochs = evaluatedEpochs as readonly EvaluatedEpoch[];
  const duration = (seconds: number): Duration => ({
    fromFirstStep: seconds,
    fromCommand: startupSeconds + seconds,
  });
  const reached = epochs.findIndex(({ testAccuracy }) => testAccuracy >= targetAccuracy);
  const bestValidationAccuracy = Math.max(...epochs.map(({ validationAccuracy }) => validationAccuracy));
  const best = epochs.find(({ validationAccuracy }) => validationAccuracy === bestValidationAccuracy);
  return {
    toTarget:
      reached === -1
        ? undefined
        : { epoch: reached + 1, ...duration(epochs[reached]?.secondsSinceFirstStep as number) },
    toEnd: duration(epochs.at(-1)?.secondsSinceFirstStep as number),
    bestValidationAccuracy,
    testAccuracy: (best as EvaluatedEpoch).testAccuracy,
  };
}

/** How many times as long as lockstep each peer takes for all epochs, from the command on, round by round. */
export function compareDurations(
  figures: Readonly<Record<string, readonly AccuracyFigures[]>>,
  pairs: readonly { numerator: string; denominator: string }[],
): AccuracyReport['ratios'] {
  const seconds = (name: string) => figures[name]?.map(({ toEnd }) => toEnd.fromCommand);
  return pairs.flatMap(({ numerator: lockstep, denominator: peer }) => {
    const [ours, theirs] = [seconds(lockstep), seconds(peer)];
    if (ours === undefined || theirs === undefined) return [];
    return [{ name: `${peer} / ${lockstep}`, spread: summarize(pairedRatios(theirs, ours)) }];
  });
}

/** For a reader: one line a contestant, one line a ratio, what is missing. */
export function formatAccuracyReport(report: AccuracyReport): string {
  const { date, machine, rounds, epochs } = report;
  const target = `${100 * report.targetAccuracy} %`;
  const rows = Object.entries(report.timeToAccuracy).map(([name, runs]) => {
    const column = (figure: (run: AccuracyFigures) => number | undefined, digits: number) => {
      const values = runs.map(figure).filter((value) => value !== undefined);
      if (values.length === 0) return 'never';
      const some = values.length < runs.length ? ` in ${values.length} of ${runs.length} runs` : '';
      return formatSpread(summarize(values), fixed(digits)) + some;
    };
    return [
      name,
      column(({ toTarget }) => toTarget?.epoch, 0),
      column(({ toTarget }) => toTarget?.fromFirstStep, 2),
      column(({ toTarget }) => toTarget?.fromCommand, 2),
      column(({ toEnd }) => toEnd.fromFirstStep, 2),
      column(({ toEnd }) => toEnd.fromCommand, 2),
      column((run) => 100 * run.bestValidationAccuracy, 2),
      column((run) => 100 * run.testAccuracy, 2),
    ];
  });
  return [
    `${date} · ${machine.cpu}, ${machine.cores} cores · ${machine.system} · Node ${machine.node}\n` +
      `${rounds} rounds in turn, ${epochs} epochs each, validated after each; ${target} of the test images, whose tests are not in the time; median (smallest–largest)`,
    formatTable(
      [
        '',
        `epochs to ${target}`,
        's, from first step',
        's, from command',
        `${epochs} epochs, s`,
        's, from command',
        'validation, %',
        'test, %',
      ],
      rows,
    ),
    formatTable(
      [`time of ${epochs} epochs, from command`, 'per round'],
      report.ratios.map(({ name, spread }) => [name, `${formatSpread(spread, fixed(2))} ×`]),
    ),
    ...report.missing.map(({ name, nextStep }) => `${name} is missing: ${nextStep}`),
  ].join('\n\n');
}
