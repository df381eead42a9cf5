/**
 * `npm run bench:plan`: what `lockstep plan` would predict for ranks on this one machine, beside what they take. Run
 * from the root of the repository. The ranks share the cores and the loopback device, so the network is measured between two
 * ranks here, and where there are more workers than cores, they are predicted to work in turn.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { checkWritable } from '../src/coordinator/bench/check-writable.ts';
import { fixed, formatSpread } from '../src/coordinator/bench/format-spread.ts';
import { runInterleaved } from '../src/coordinator/bench/interleave.ts';
import { describeMachine } from '../src/coordinator/bench/machine.ts';
import { withRunFolder } from '../src/coordinator/bench/run-folder.ts';
import { pairedRatios, summarize } from '../src/coordinator/bench/statistics.ts';
import { parseCount, parseCounts } from '../src/coordinator/commands/argument-parsers.ts';
import { locateDataset } from '../src/coordinator/dataset/locate-dataset.ts';
import { trainingSamples } from '../src/coordinator/dataset/reference-split.ts';
import type { Network } from '../src/coordinator/plan/allgather-cost.ts';
import { type KernelSpeed, predictStep } from '../src/coordinator/plan/step-cost.ts';
import { stepWork } from '../src/coordinator/plan/step-work.ts';
import { type EpochRecord, readHistory } from '../src/coordinator/run/history.ts';
import { runFiles } from '../src/coordinator/run/run-files.ts';
import { readWorkerTimes } from '../src/coordinator/run/worker-times.ts';
import { formatTable } from '../src/coordinator/terminal/table.ts';
import { referenceModel } from '../src/shared/model-options.ts';
import { mpiLauncher, sharingLauncher } from './mpi-launcher.ts';
import { reportFailures } from './report-failures.ts';
import { runProgram } from './run-program.ts';
import { benchVersions } from './versions.ts';

const cli = join('dist', 'coordinator', 'cli.js');
const microBatch = 16;

interface PlanCheckOptions {
  ranks: number[];
  workers: number[];
  batchSize: number;
  rounds: number;
  epochs: number;
  mpirun: string;
  data?: string;
  json?: string;
}

reportFailures();
const options = new Command('npm run bench:plan --')
  .description('Compare what lockstep plan predicts with what ranks on this machine take, in turn.')
  .option('--ranks <list>', 'numbers of ranks', parseCounts, [1, 2, 4])
  .option('--workers <list>', 'numbers of workers of each rank', parseCounts, [1])
  .option('--batch-size <n>', 'samples of one optimizer step', parseCount, 128)
  .option('--rounds <n>', 'how often each combination runs', parseCount, 3)
  .option('--epochs <n>', 'epochs of each run, at least 2: the quickest but the first counts', parseEpochs, 6)
  .option('--mpirun <command>', 'what starts ranks', sharingLauncher)
  .option('--data <dir>', 'folder with the four IDX files (default: found or fetched as by lockstep train)')
  .option('--json <file>', 'write the figures of all runs')
  .parse()
  .opts<PlanCheckOptions>();

/** Seconds of a step, and of what rank 0 did in it. */
interface StepSeconds {
  step: number;
  /** Forward and backward. */
  compute: number;
  /** Adding up and Adam. */
  update: number;
  /** The gather, the other ranks and workers, and the change of phases. */
  rest: number;
}

interface Comparison {
  predicted: StepSeconds;
  measured: StepSeconds;
}

await checkWritable(options.json);
const machine = describeMachine();
const { batchSize, rounds } = options;
const { directory: data } = await locateDataset({ directory: options.data });
const combinations = options.ranks.flatMap((ranks) =>
  options.workers.map((workers) => ({ name: `${ranks} × ${workers}`, ranks, workers })),
);
const needsNetwork = combinations.some(({ ranks }) => ranks > 1);
const network = needsNetwork ? await measureNetwork() : { latencySeconds: 0, bytesPerSecond: 1 };

console.log(
  `${machine.cpu}, ${machine.cores} cores, load ${machine.loadBefore.toFixed(1)}; batch ${batchSize}; two ranks: ` +
    `${(1e6 * network.latencySeconds).toFixed(0)} µs, ${(network.bytesPerSecond / 1e9).toFixed(2)} GB/s\n`,
);
const runs = await runInterleaved(
  combinations.map(({ name, ranks, workers }) => ({ name, run: () => predictAndTrain(ranks, workers) })),
  rounds,
  (round, name, { predicted, measured }) =>
    console.error(
      `round ${round}: ${name}, predicted ${toMs(predicted.step)} ms, measured ${toMs(measured.step)} ms`,
    ),
);
const parts = ['step', 'compute', 'update', 'rest'] as const;
console.log(
  formatTable(
    ['ranks × workers', ...parts.map((part) => `${part}, ms`), 'measured to predicted step'],
    [...runs].flatMap(([name, comparisons]) => {
      const rows = (['predicted', 'measured'] as const).map((which) => [
        `${name} ${which}`,
        ...parts.map((part) =>
          formatSpread(summarize(comparisons.map((each) => 1000 * each[which][part])), fixed(2)),
        ),
      ]);
      const [predicted, measured] = (['predicted', 'measured'] as const).map((which) =>
        comparisons.map((each) => each[which].step),
      ) as [number[], number[]];
      return rows.map((row, index) => [
        ...row,
        index === 0 ? '' : formatSpread(summarize(pairedRatios(measured, predicted)), fixed(2)),
      ]);
    }),
  ),
);

if (options.json !== undefined) {
  const report = {
    date: new Date().toISOString(),
    machine,
    versions: benchVersions(),
    command: ['npm run bench:plan --', ...process.argv.slice(2)].join(' '),
    rounds,
    batchSize,
    network,
    combinations: [...runs].map(([name, comparisons]) => ({ name, runs: comparisons })),
  };
  await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** Measures the kernels at once before the run that they predict: what slows the machine down slows both. */
async function predictAndTrain(ranks: number, workers: number): Promise<Comparison> {
  const speed = await measureSpeed(Math.min(ranks * workers, machine.cores));
  const work = stepWork(referenceModel, { sampleCount: batchSize, batchSize, microBatch });
  const cluster = { hosts: ranks, workers, coresPerRank: machine.cores / ranks };
  const cost = predictStep(cluster, work, speed, network);
  const predicted = {
    step: cost.stepSeconds,
    compute: cost.computeSeconds,
    update: cost.combineSeconds + cost.updateSeconds,
    rest: cost.gatherSeconds + cost.overheadSeconds,
  };
  return { predicted, measured: await trainSteps(ranks, workers) };
}

async function measureSpeed(workers: number): Promise<KernelSpeed> {
  const flags = ['--hosts', '1', '--workers', String(workers), '--batch-size', String(batchSize)];
  const network = ['--bandwidth', '1GB/s', '--latency', '0us', '--json'];
  const { stdout } = await runProgram([process.execPath, cli, 'plan', ...flags, ...network]);
  return (JSON.parse(stdout) as { speed: KernelSpeed }).speed;
}

async function measureNetwork(): Promise<Network> {
  const program = [process.execPath, join('build', 'bench', 'gather-time.js')];
  const { stdout } = await runRanks(2, program);
  return JSON.parse(stdout) as Network;
}

/** The quickest epoch, without the first: other programs on the machine can only make one slower. */
async function trainSteps(ranks: number, workers: number): Promise<StepSeconds> {
  return withRunFolder(async (directory) => {
    const sizes = [
      '--workers',
      String(workers),
      '--batch-size',
      String(batchSize),
      '--epochs',
      String(options.epochs),
    ];
    const program = [
      process.execPath,
      cli,
      'train',
      '--no-metrics',
      '--run-dir',
      directory,
      '--data',
      data,
      ...sizes,
    ];
    await runRanks(ranks === 1 ? undefined : ranks, program);
    const epochs = (await readHistory(join(directory, runFiles.history))).slice(1);
    const best = epochs.toSorted((a, b) => b.samplesPerSecond - a.samplesPerSecond)[0] as EpochRecord;
    const rows = ((await readWorkerTimes(join(directory, runFiles.workers))) ?? []).filter(
      ({ epoch, worker }) => epoch === best.epoch && worker < workers,
    );
    const steps = Math.ceil(trainingSamples / batchSize);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / steps / workers;
    const step = trainingSamples / best.samplesPerSecond / steps;
    const compute = mean(rows.map(({ computeSeconds }) => computeSeconds));
    const update = mean(rows.map(({ updateSeconds }) => updateSeconds));
    return { step, compute, update, rest: step - compute - update };
  });
}

function parseEpochs(text: string): number {
  const epochs = parseCount(text);
  if (epochs >= 2) return epochs;
  throw new InvalidArgumentError('The first epoch does not count: it must be at least 2.');
}

/** @param ranks undefined without MPI */
function runRanks(ranks: number | undefined, program: readonly string[]): Promise<{ stdout: string }> {
  const { command, environment } = mpiLauncher(ranks, options.mpirun);
  return runProgram([...command, ...program], environment);
}

function toMs(seconds: number): string {
  return (1000 * seconds).toFixed(2);
}
