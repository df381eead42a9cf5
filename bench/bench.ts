/**
 * `npm run bench`: lockstep and its peers at the same job, in turn; with `--to-accuracy`, until they are good at it. Run from the
 * root of the repository.
 */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { checkWritable } from '../src/coordinator/bench/check-writable.ts';
import { describeMachine } from '../src/coordinator/bench/machine.ts';
import { parseCount } from '../src/coordinator/commands/argument-parsers.ts';
import { locateDataset } from '../src/coordinator/dataset/locate-dataset.ts';
import { ConfigError } from '../src/shared/errors.ts';
import {
  type AccuracyReport,
  compareDurations,
  formatAccuracyReport,
  readAccuracy,
  targetAccuracy,
} from './accuracy-report.ts';
import { measureCheckpointSaves } from './checkpoint-cost.ts';
import {
  compare,
  furtherRatios,
  isLockstep,
  type MeasuredAlone,
  contestantNames as names,
  speedRatios,
} from './comparisons.ts';
import { type PeerGroup, peerGroups, selectContestants } from './contestants.ts';
import { measureForwardShare } from './forward-share.ts';
import { findPythonWithTorch } from './python-with-torch.ts';
import { type BenchReport, formatReport } from './report.ts';
import { reportFailures } from './report-failures.ts';
import type { RunFigures } from './run-figures.ts';
import { runTolerantly } from './run-tolerantly.ts';
import { benchVersions } from './versions.ts';

interface BenchOptions {
  rounds: number;
  epochs?: number;
  toAccuracy?: true;
  peers?: PeerGroup[];
  allPeers?: true;
  only?: string[];
  data?: string;
  python?: string;
  json?: string;
}

/** Of the reference. */
const epochsToEnd = 10;

reportFailures();
const options = new Command('npm run bench --')
  .description('Compare lockstep with its peers, in turn, and print median, spread and ratios.')
  .option('--rounds <n>', 'how often each program runs', parseCount, 5)
  .option('--epochs <n>', `epochs of each run (default: 4, with --to-accuracy ${epochsToEnd})`, parseCount)
  .option(
    '--to-accuracy',
    'validate after each epoch, and tell how long the way to 80 % of the test images and to the end takes',
  )
  .option('--peers <names>', `compare with these alone: ${peerGroups.join(', ')}`, groupList)
  .addOption(new Option('--all-peers', 'compare with all of them').conflicts('peers'))
  .option(
    '--only <words...>',
    'run only what has some of these words in its name, e.g. observed, or one program by its whole name',
  )
  .option('--data <dir>', 'folder with the four IDX files (default: found or fetched as by lockstep train)')
  .option('--python <command>', 'a Python that can import torch (default: /usr/bin/python3, then python3)')
  .option('--json <file>', 'write all figures of all runs')
  .parse()
  .opts<BenchOptions>();

await checkWritable(options.json);
const machine = describeMachine();
const evaluates = options.toAccuracy === true;
const epochs = options.epochs ?? (evaluates ? epochsToEnd : 4);
// Also fills the cache, so that no run has to fetch anything.
const dataset = await locateDataset({ directory: options.data });
const python = findPythonWithTorch(options.python);
const selection = selectContestants({
  groups: options.allPeers ? 'all' : options.peers,
  only: options.only ?? [],
  python: python?.command,
  epochs,
  data: dataset.directory,
  evaluates,
});

if (selection.contestants.length === 0 && selection.missing.length === 0) {
  throw new ConfigError(
    [`--only ${options.only?.join(' ')}: no program of this benchmark has any of that in its name.`],
    'Leave it out: names are printed as the programs run.',
  );
}

const { runs, failed } = await runTolerantly(
  selection.contestants,
  options.rounds,
  (round, name, outcome) => {
    console.error(`round ${round} of ${options.rounds}: ${name}, ${outcome}`);
  },
);
const missing = [...selection.missing, ...failed];

const provenance = {
  date: new Date().toISOString().slice(0, 10),
  machine,
  versions: benchVersions(),
  command: ['npm run bench --', ...process.argv.slice(2).map(quoteArgument)].join(' '),
  rounds: options.rounds,
  epochs,
  peerVersions: Object.fromEntries([...runs].flatMap(([name, [first]]) => listVersions(name, first))),
};
const weights = compareWeights(runs);
if (evaluates) await tell(accuracyReport(runs), formatAccuracyReport);
else {
  const alone = {
    checkpointSaves: runs.has(names.twoWorkers) ? await measureCheckpointSaves() : [],
    forwardShares: runs.has(names.oneWorker) ? await measureForwardShare() : [],
  };
  await tell(speedReport(runs, alone), formatReport);
}
if (weights.length > 1) {
  console.error(`error: runs of lockstep ended with different weights: ${weights.join(', ')}`);
  process.exitCode = 1;
}

async function tell<Report>(report: Report, format: (report: Report) => string): Promise<void> {
  console.log(`\n${format(report)}`);
  if (options.json !== undefined) {
    // Without indentation, which would be a third of it.
    await writeFile(options.json, `${JSON.stringify(report)}\n`);
  }
}

function speedReport(figures: ReadonlyMap<string, readonly RunFigures[]>, alone: MeasuredAlone): BenchReport {
  const blas = figures.get(names.oneThread)?.[0]?.report['blas'];
  const comparisons = compare(figures, alone);
  return {
    ...provenance,
    torch: python && typeof blas === 'string' ? { version: python.torchVersion, blas } : undefined,
    runs: Object.fromEntries(figures),
    // Who chooses what to run does not ask for the aims that speak of others.
    comparisons:
      options.peers === undefined && options.only === undefined
        ? comparisons
        : comparisons.filter(({ spread }) => spread !== undefined),
    missing,
    weights,
  };
}

function accuracyReport(figures: ReadonlyMap<string, readonly RunFigures[]>): AccuracyReport {
  const timeToAccuracy = Object.fromEntries([...figures].map(([name, all]) => [name, all.map(readAccuracy)]));
  const pairs = [...speedRatios.filter(({ denominator }) => !isLockstep(denominator)), ...furtherRatios];
  return {
    ...provenance,
    targetAccuracy,
    timeToAccuracy,
    ratios: compareDurations(timeToAccuracy, pairs),
    missing,
  };
}

/** Lockstep's own are told once for all. */
function listVersions(name: string, run: RunFigures | undefined): [string, Record<string, string>][] {
  const { versions } = run?.report ?? {};
  return versions === undefined || isLockstep(name) ? [] : [[name, versions as Record<string, string>]];
}

/** The final weights of equally long runs: one hash, or those that contradict each other. */
function compareWeights(figures: ReadonlyMap<string, readonly RunFigures[]>): string[] {
  const longRuns: readonly string[] = [names.observed, names.unobserved];
  const hashesOf = (isLong: boolean) => {
    const chosen = [...figures]
      .filter(([name]) => longRuns.includes(name) === isLong)
      .flatMap(([, all]) => all);
    const hashes = chosen.map(({ report: { weightsSha256 } }) => weightsSha256);
    return [...new Set(hashes.filter((hash) => typeof hash === 'string'))];
  };
  const groups = [hashesOf(false), hashesOf(true)];
  return groups.find(({ length }) => length > 1) ?? groups.find(({ length }) => length === 1) ?? [];
}

function quoteArgument(text: string): string {
  return /\s/.test(text) ? `"${text}"` : text;
}

function groupList(text: string): PeerGroup[] {
  return text.split(',').map((name) => {
    const group = peerGroups.find((each) => each === name.trim());
    if (group === undefined) throw new InvalidArgumentError(`it may name ${peerGroups.join(', ')}.`);
    return group;
  });
}
