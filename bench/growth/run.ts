import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withRunFolder } from '../../src/coordinator/bench/run-folder.ts';
import { meanRate, summarize } from '../../src/coordinator/bench/statistics.ts';
import { trainingSamples, validationSamples } from '../../src/coordinator/dataset/reference-split.ts';
import { type EpochRecord, readHistory } from '../../src/coordinator/run/history.ts';
import { runFiles } from '../../src/coordinator/run/run-files.ts';
import type { RunResult } from '../../src/coordinator/run/run-result.ts';
import { nonGradientShare } from '../run-figures.ts';
import { runProgram } from '../run-program.ts';
import type { GrowthSettings } from './points.ts';

const cli = join('dist', 'coordinator', 'cli.js');

/** As many for each training sample as the reference has. */
const validationShare = validationSamples / trainingSamples;

/** What one run is judged by. */
export interface GrowthFigures {
  /** Of the training loop alone, without the first epoch. */
  samplesPerSecond: number;
  /** The median epoch but the first, with its validation and checkpoint. */
  epochSeconds: number;
  /** From the command to the first step. */
  startupSeconds: number;
  /** Share of the workers' time in training steps that is not gradient kernels, 0 to 1. */
  nonGradientShare: number;
  /** Largest resident set of the process, all its threads together. */
  peakMemoryBytes: number;
  weightsSha256: string;
}

/** Trains as a user would, in a process of its own, into a run folder that is thrown away. */
export async function runGrowth(
  settings: GrowthSettings,
  epochs: number,
  data: string,
): Promise<GrowthFigures> {
  return withRunFolder(async (directory) => {
    const flags = ['--data', data, '--run-dir', directory, ...flagsOf(settings, epochs)];
    await runProgram([process.execPath, cli, 'train', ...flags]);
    const result = JSON.parse(await readFile(join(directory, runFiles.result), 'utf8')) as RunResult;
    return readFigures(result, await readHistory(join(directory, runFiles.history)));
  });
}

/** As `lockstep train` takes them. */
export function flagsOf(settings: GrowthSettings, epochs: number): string[] {
  const flags = {
    'limit-train': settings.samples,
    'limit-val': Math.round(validationShare * settings.samples),
    'batch-size': settings.batchSize,
    'micro-batch': settings.microBatch,
    workers: settings.workers,
    epochs,
  };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** @param history of two epochs or more, all with the same number of samples */
export function readFigures(
  { stepPhases, ...result }: RunResult,
  history: readonly EpochRecord[],
): GrowthFigures {
  const warm = history.slice(1);
  return {
    samplesPerSecond: meanRate(warm.map(({ samplesPerSecond }) => samplesPerSecond)),
    epochSeconds: summarize(warm.map(({ seconds }) => seconds)).median,
    startupSeconds: result.startupSeconds,
    nonGradientShare: nonGradientShare(stepPhases),
    peakMemoryBytes: result.peakMemoryBytes,
    weightsSha256: result.weightsSha256,
  };
}
