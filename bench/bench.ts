/** `npm run bench`: lockstep and PyTorch at the same job, in turn. Run from the root of the repository. */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { type Contestant, runInterleaved } from '../src/coordinator/bench/interleave.ts';
import { describeMachine } from '../src/coordinator/bench/machine.ts';
import { locateDataset } from '../src/coordinator/dataset/locate-dataset.ts';
import { formatCount } from '../src/coordinator/terminal/table.ts';
import { measureCheckpointSaves } from './checkpoint-cost.ts';
import { compare, contestantNames as names } from './comparisons.ts';
import { lockstep } from './lockstep-run.ts';
import { pytorch, pytorchDdp } from './peers.ts';
import { findPythonWithTorch, type PythonWithTorch, torchInstallCommand } from './python-with-torch.ts';
import { type BenchReport, formatReport } from './report.ts';
import type { RunFigures } from './run-figures.ts';

interface BenchOptions {
  rounds: number;
  epochs: number;
  only?: string;
  data?: string;
  python?: string;
  json?: string;
}

const options = new Command('npm run bench --')
  .description('Compare lockstep with PyTorch, in turn, and print median, spread and ratios.')
  .option('--rounds <n>', 'how often each program runs', positiveInteger, 5)
  .option('--epochs <n>', 'epochs of each run', positiveInteger, 4)
  .option('--only <words>', 'run only what has these words in its name, e.g. observed')
  .option('--data <dir>', 'folder with the four IDX files (default: found or fetched as by lockstep train)')
  .option('--python <command>', 'a Python that can import torch (default: /usr/bin/python3, then python3)')
  .option('--json <file>', 'write all figures of all runs')
  .parse()
  .opts<BenchOptions>();

const machine = describeMachine();
// Also fills the cache, so that no run has to fetch anything.
const dataset = await locateDataset({ directory: options.data });
const python = findPythonWithTorch(options.python);
const contestants = listContestants(dataset.directory, options.epochs, python);

const runs = await runInterleaved(contestants, options.rounds, (round, name, { samplesPerSecond }) => {
  console.error(`round ${round} of ${options.rounds}: ${name}, ${formatCount(samplesPerSecond)} samples/s`);
});

const report = buildReport(runs, await measureCheckpointSaves());
console.log(`\n${formatReport(report)}`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
if (report.weights.length > 1) process.exitCode = 1;

function listContestants(
  data: string,
  epochs: number,
  torch: PythonWithTorch | undefined,
): readonly Contestant<RunFigures>[] {
  const all = [
    ...(torch === undefined ? [] : [pytorchDdp(names.ddp, torch.command, 2, epochs, data)]),
    lockstep(names.fourWorkers, 4, epochs, data),
    // Long enough that the code which observes runs warm, as it does in a run that somebody watches.
    lockstep(names.observed, 2, 4 * epochs, data, 'everything'),
    lockstep(names.unobserved, 2, 4 * epochs, data, 'nothing'),
    lockstep(names.twoWorkers, 2, epochs, data),
    lockstep(names.oneWorker, 1, epochs, data),
    ...(torch === undefined ? [] : [pytorch(names.oneThread, torch.command, 1, epochs, data)]),
  ];
  return all.filter(({ name }) => name.includes(options.only ?? ''));
}

function buildReport(
  figures: ReadonlyMap<string, readonly RunFigures[]>,
  checkpointSaves: readonly number[],
): BenchReport {
  const blas = figures.get(names.oneThread)?.[0]?.report['blas'];
  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    rounds: options.rounds,
    epochs: options.epochs,
    torch: python && { version: python.torchVersion, blas: String(blas) },
    runs: Object.fromEntries(figures),
    comparisons: compare(figures, checkpointSaves),
    missing:
      python === undefined
        ? [names.ddp, names.oneThread].map((name) => ({ name, nextStep: torchInstallCommand }))
        : [],
    weights: compareWeights(figures),
  };
}

/** The final weights of equally long runs: one hash, or those that contradict each other. */
function compareWeights(figures: ReadonlyMap<string, readonly RunFigures[]>): string[] {
  const longRuns: readonly string[] = [names.observed, names.unobserved];
  const hashesOf = (isLong: boolean) => {
    const runs = [...figures]
      .filter(([name]) => longRuns.includes(name) === isLong)
      .flatMap(([, all]) => all);
    const hashes = runs.map(({ report: { weightsSha256 } }) => weightsSha256);
    return [...new Set(hashes.filter((hash) => typeof hash === 'string'))];
  };
  const groups = [hashesOf(false), hashesOf(true)];
  return groups.find(({ length }) => length > 1) ?? groups.find(({ length }) => length === 1) ?? [];
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('it must be a whole number from 1.');
}
