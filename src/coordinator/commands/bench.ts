import { writeFile } from 'node:fs/promises';
import { dealDevices } from '../../shared/device.ts';
import { runInterleaved } from '../bench/interleave.ts';
import { type Combination, formatScaling, measureScaling } from '../bench/scaling-report.ts';
import { measureTraining } from '../bench/training-run.ts';
import { readSettings } from '../config/config-sources.ts';
import { locateDataset } from '../dataset/locate-dataset.ts';
import { resolveForDevices } from '../devices/resolve-devices.ts';
import { currentMachine } from '../machine.ts';
import { formatCount } from '../terminal/table.ts';

export interface BenchOptions {
  /** Lists of devices, each measured with each number of workers. */
  devices: readonly string[];
  /** Numbers of workers; by default one, and one a device of the list. */
  workers: readonly number[] | undefined;
  rounds: number;
  epochs: number;
  batchSize: number;
  microBatch: number;
  limitTrain: number | undefined;
  data: string | undefined;
  /** Where to write all figures. */
  json: string | undefined;
}

/** `lockstep bench`: trains short runs with each combination of devices and workers, in turn, and prints how it scales. */
export async function benchCommand(options: BenchOptions): Promise<void> {
  const combinations = await listCombinations(options);
  // Also fills the cache, so that no run has to fetch anything.
  const { directory } = await locateDataset({ directory: options.data, splits: ['train'] });
  const flags = commonFlags(options, directory);
  // Two lists may begin with the same device: one worker on it is one thing to measure.
  const distinct = new Map(combinations.map((combination) => [combination.name, combination]));
  const contestants = [...distinct.values()].map(({ name, devices, workers }) => ({
    name,
    run: () => measureTraining([...flags, '--device', devices.join(','), '--workers', String(workers)]),
  }));
  const machine = currentMachine();
  console.log(
    `${machine.cpu}, ${machine.cores} cores · Node ${process.version} · batch ${options.batchSize} in micro-batches of ` +
      `${options.microBatch} · ${options.rounds} rounds of ${options.epochs} epochs in turn; median (smallest–largest)\n`,
  );
  const runs = await runInterleaved(contestants, options.rounds, (round, name, { samplesPerSecond }) => {
    console.error(`round ${round} of ${options.rounds}: ${name}, ${formatCount(samplesPerSecond)} samples/s`);
  });
  const measured = measureScaling(combinations, runs);
  console.log(formatScaling(measured));
  if (options.json === undefined) return;
  const { batchSize, microBatch, epochs, limitTrain } = options;
  const report = {
    date: new Date().toISOString(),
    machine,
    batchSize,
    microBatch,
    epochs,
    limitTrain,
    measured,
  };
  await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** @throws ConfigError for a device that cannot be had */
async function listCombinations({
  devices: lists,
  workers,
  ...options
}: BenchOptions): Promise<Combination[]> {
  const combinations: Combination[] = [];
  for (const list of lists) {
    const settings = { device: list, batchSize: options.batchSize, microBatch: options.microBatch };
    const { devices } = await resolveForDevices([readSettings(settings, 'the flags')], console.error);
    for (const count of workers ?? new Set([1, devices.length])) {
      combinations.push({ name: nameCombination(dealDevices(devices, count)), devices, workers: count });
    }
  }
  return combinations;
}

/** `2 on cuda:0, 1 on cuda:1`. */
function nameCombination(dealt: readonly string[]): string {
  return [...new Set(dealt)]
    .map((device) => `${dealt.filter((each) => each === device).length} on ${device}`)
    .join(', ');
}

function commonFlags({ epochs, batchSize, microBatch, limitTrain }: BenchOptions, data: string): string[] {
  const settings = {
    data,
    epochs,
    'batch-size': batchSize,
    'micro-batch': microBatch,
    'limit-train': limitTrain,
  };
  return Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
}
