import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { keepsBits } from '../../shared/device.ts';
import { checkWritable } from '../bench/check-writable.ts';
import {
  type Combination,
  listCombinations,
  type Scaling,
  scalings,
  workersToMeasure,
} from '../bench/combinations.ts';
import { runInterleaved } from '../bench/interleave.ts';
import { describeMachine } from '../bench/machine.ts';
import { measurePeak } from '../bench/measure-peak.ts';
import { OperationsOfSamples } from '../bench/operations/operations-of-samples.ts';
import { explainOperations } from '../bench/operations-report.ts';
import { type BenchRun, measureScaling } from '../bench/scaling.ts';
import { formatScaling } from '../bench/scaling-report.ts';
import { measureTraining } from '../bench/training-run.ts';
import { readSettings } from '../config/config-sources.ts';
import { locateDataset } from '../dataset/locate-dataset.ts';
import { resolveForDevices } from '../devices/resolve-devices.ts';
import { formatCount } from '../terminal/table.ts';
import { currentVersions } from '../version.ts';

export interface BenchOptions {
  /** Lists of devices, each measured with each number of workers. */
  devices: readonly string[];
  /** Numbers of workers; by default those of `workersToMeasure`. */
  workers: readonly number[] | undefined;
  scaling: Scaling | 'both';
  rounds: number;
  epochs: number;
  batchSize: number;
  microBatch: number;
  limitTrain: number | undefined;
  data: string | undefined;
  /** Where to write all figures. */
  json: string | undefined;
}

/**
 * `lockstep bench`: trains short runs with each combination of devices and workers, in turn, and prints how it scales and how close it
 * comes to the peak of the processor.
 */
export async function benchCommand(options: BenchOptions): Promise<void> {
  await checkWritable(options.json);
  const combinations = await listForOptions(options);
  // Also fills the cache, so that no run has to fetch anything.
  const { directory } = await locateDataset({ directory: options.data, splits: ['train'] });
  const machine = describeMachine();
  const { batchSize, microBatch, rounds, epochs, limitTrain } = options;
  console.log(
    `${machine.cpu}, ${machine.cores} cores · Node ${process.version} · batch ${batchSize} in micro-batches of ` +
      `${microBatch} · ${rounds} rounds of ${epochs} epochs in turn; median (smallest–largest)\n`,
  );
  const runs = await runCombinations(combinations, options, directory);
  const operations = await OperationsOfSamples.count(combinations, microBatch);
  const measured = measureScaling(combinations, runs, (combination) => operations.of(combination));
  console.log(`${formatScaling(measured)}\n\n${explainOperations(measured, operations)}`);
  if (options.json === undefined) return;
  const report = {
    date: new Date().toISOString(),
    command: ['lockstep', ...process.argv.slice(2)].join(' '),
    machine,
    versions: currentVersions(),
    batchSize,
    microBatch,
    rounds,
    epochs,
    limitTrain,
    stepOperations: operations.steps,
    measured,
  };
  await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** @throws ConfigError for a device that cannot be had */
async function listForOptions(options: BenchOptions): Promise<Combination[]> {
  const { batchSize, microBatch, workers, scaling } = options;
  const lists: (readonly string[])[] = [];
  for (const device of options.devices) {
    const settings = readSettings({ device, batchSize, microBatch }, 'the flags');
    lists.push((await resolveForDevices([settings], console.error)).devices);
  }
  const kinds = scaling === 'both' ? scalings : [scaling];
  const workersOf = (devices: readonly string[]) =>
    workers ?? workersToMeasure(devices, availableParallelism());
  return listCombinations(kinds, lists, workersOf, batchSize);
}

function runCombinations(
  combinations: readonly Combination[],
  options: BenchOptions,
  data: string,
): Promise<Map<string, BenchRun[]>> {
  const distinct = new Map(combinations.map((combination) => [combination.name, combination]));
  const contestants = [...distinct.values()].map((combination) => ({
    name: combination.name,
    run: () => runOnce(combination, options, data),
  }));
  return runInterleaved(contestants, options.rounds, (round, name, { samplesPerSecond }) => {
    console.error(`round ${round} of ${options.rounds}: ${name}, ${formatCount(samplesPerSecond)} samples/s`);
  });
}

async function runOnce(
  { devices, workers, batchSize }: Combination,
  { epochs, microBatch, limitTrain }: BenchOptions,
  data: string,
): Promise<BenchRun> {
  const settings = {
    data,
    epochs,
    'batch-size': batchSize,
    'micro-batch': microBatch,
    'limit-train': limitTrain,
    device: devices.join(','),
    workers,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  const peak = devices.every(keepsBits) ? await measurePeaks(workers) : undefined;
  return { ...(await measureTraining(flags)), peak };
}

async function measurePeaks(threads: number): Promise<NonNullable<BenchRun['peak']>> {
  const core = await measurePeak(1);
  return { core, threads: threads === 1 ? core : await measurePeak(threads) };
}
