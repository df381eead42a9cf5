/**
 * `npm run bench:growth`: what training costs as it gets larger: more samples, larger batches, more workers, larger micro-batches.
 * Run from the root of the repository.
 */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { checkWritable } from '../src/coordinator/bench/check-writable.ts';
import { runInterleaved } from '../src/coordinator/bench/interleave.ts';
import { describeMachine } from '../src/coordinator/bench/machine.ts';
import { parseCount } from '../src/coordinator/commands/argument-parsers.ts';
import { locateDataset } from '../src/coordinator/dataset/locate-dataset.ts';
import { formatCount } from '../src/coordinator/terminal/table.ts';
import { epochsOf, fullPlan, listSettings, nameOf, quickPlan } from './growth/points.ts';
import { formatGrowth, type GrowthReport, listDimensions, weightsOverWorkers } from './growth/report.ts';
import { runGrowth } from './growth/run.ts';
import { reportFailures } from './report-failures.ts';
import { benchVersions } from './versions.ts';

interface GrowthOptions {
  rounds?: number;
  json?: string;
  data?: string;
  quick?: boolean;
}

reportFailures();
const options = new Command('npm run bench:growth --')
  .description('Vary samples, batch, workers and micro-batch one at a time, in turn; print what each costs.')
  .option('--rounds <n>', 'how often each setting runs (default: 3, with --quick 1)', parseCount)
  .option('--json <file>', 'write the figures of all runs')
  .option('--data <dir>', 'folder with the four IDX files (default: found or fetched as by lockstep train)')
  .option('--quick', 'fewer and shorter runs, to see that everything works')
  .parse()
  .opts<GrowthOptions>();

await checkWritable(options.json);
const machine = describeMachine();
const plan = options.quick ? quickPlan : fullPlan;
const rounds = options.rounds ?? (options.quick ? 1 : 3);
// Also fills the cache, so that no run has to fetch anything.
const { directory } = await locateDataset({ directory: options.data });

const runs = await runInterleaved(
  listSettings(plan).map((settings) => ({
    name: nameOf(settings),
    run: () => runGrowth(settings, epochsOf(plan, settings), directory),
  })),
  rounds,
  (round, name, { samplesPerSecond }) =>
    console.error(`round ${round} of ${rounds}: ${name}: ${formatCount(samplesPerSecond)} samples/s`),
);

const report: GrowthReport = {
  date: new Date().toISOString(),
  machine,
  versions: benchVersions(),
  command: ['npm run bench:growth --', ...process.argv.slice(2)].join(' '),
  rounds,
  reference: plan.reference,
  dimensions: listDimensions(plan, runs),
};
console.log(`\n${formatGrowth(report)}`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
const weights = weightsOverWorkers(report);
if (weights.length > 1) {
  console.error(`error: numbers of workers ended with different weights, SHA-256 ${weights.join(', ')}`);
  process.exitCode = 1;
}
