/**
 * `node build/bench/plan-check.js`: what `lockstep plan` would predict for ranks on this one machine, beside what they take. Run
 * from the root of the repository. The ranks share the cores and the loopback device, so the network is measured between two
 * ranks here, and where there are more workers than cores, they are predicted to work in turn.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import { checkWritable } from '../src/coordinator/bench/check-writable.ts';
import { fixed, formatSpread } from '../src/coordinator/bench/format-spread.ts';
import { runInterleaved } from '../src/coordinator/bench/interleave.ts';
import { describeMachine } from '../src/coordinator/bench/machine.ts';
import { pairedRatios, summarize } from '../src/coordinator/bench/statistics.ts';
import { parseCount, parseCounts } from '../src/coordinator/commands/argument-parsers.ts';
import { trainingSamples } from '../src/coordinator/dataset/reference-split.ts';
import type { Network } from '../src/coordinator/plan/allgather-cost.ts';
import { type KernelSpeed, predictStep } from '../src/coordinator/plan/step-cost.ts';
import { stepWork } from '../src/coordinator/plan/step-work.ts';
import { type EpochRecord, readHistory } from '../src/coordinator/run/history.ts';
import { readWorkerTimes } from '../src/coordinator/run/worker-times.ts';
import { formatTable } from '../src/coordinator/terminal/table.ts';
import { referenceModel } from '../src/shared/model-options.ts';
import { reportFailures } from './report-failures.ts';
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
  json?: string;
}

reportFailures();
const options = new Command('plan-check')
  .description('Compare what lockstep plan predicts with what ranks on this machine take, in turn.')
  .option('--ranks <list>', 'numbers of ranks', parseCounts, [1, 2, 4])
  .option('--workers <list>', 'numbers of workers of each rank', parseCounts, [1])
  .option('--batch-size <n>', 'samples of one optimizer step', parseCount, 128)
  .option('--rounds <n>', 'how often each combination runs', parseCount, 3)
  .option('--epochs <n>', 'epochs of each run, at least 2: the quickest but the first counts', parseEpochs, 6)
  .option('--mpirun <command>', 'what starts ranks', 'mpirun.openmpi --oversubscribe --bind-to none')
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
const environment = {
  ...process.env,
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_mpi_yield_when_idle: '1',
};
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
    command: ['node build/bench/plan-check.js', ...process.argv.slice(2)].join(' '),
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
  const stdout = await run([process.execPath, cli, 'plan', ...flags, ...network]);
  return (JSON.parse(stdout) as { speed: KernelSpeed }).speed;
}

async function measureNetwork(): Promise<Network> {
  const program = [process.execPath, join('build', 'bench', 'gather-time.js')];
  return JSON.parse(await run([...launch(2), ...program])) as Network;
}

/** The quickest epoch, without the first: other programs on the machine can only make one slower. */
async function trainSteps(ranks: number, workers: number): Promise<StepSeconds> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-plan-'));
  try {
    const directory = join(folder, 'run');
    const sizes = [
      '--workers',
      String(workers),
      '--batch-size',
      String(batchSize),
      '--epochs',
      String(options.epochs),
    ];
    const program = [process.execPath, cli, 'train', '--no-metrics', '--run-dir', directory, ...sizes];
    await run(ranks === 1 ? program : [...launch(ranks), ...program]);
    const epochs = (await readHistory(join(directory, 'history.csv'))).slice(1);
    const best = epochs.toSorted((a, b) => b.samplesPerSecond - a.samplesPerSecond)[0] as EpochRecord;
    const rows = ((await readWorkerTimes(join(directory, 'workers.csv'))) ?? []).filter(
      ({ epoch, worker }) => epoch === best.epoch && worker < workers,
    );
    const steps = Math.ceil(trainingSamples / batchSize);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / steps / workers;
    const step = trainingSamples / best.samplesPerSecond / steps;
    const compute = mean(rows.map(({ computeSeconds }) => computeSeconds));
    const update = mean(rows.map(({ updateSeconds }) => updateSeconds));
    return { step, compute, update, rest: step - compute - update };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function parseEpochs(text: string): number {
  const epochs = parseCount(text);
  if (epochs >= 2) return epochs;
  throw new InvalidArgumentError('The first epoch does not count: it must be at least 2.');
}

function launch(ranks: number): string[] {
  return [...options.mpirun.split(' '), '-n', String(ranks)];
}

async function run([command = '', ...args]: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { env: environment });
  return stdout;
}

function toMs(seconds: number): string {
  return (1000 * seconds).toFixed(2);
}
