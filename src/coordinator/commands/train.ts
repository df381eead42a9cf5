import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { Config } from '../../shared/config.ts';
import { type ConfigSource, readEnvironment, readFlags, readPreset } from '../config/config-sources.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { openRunToResume } from '../run/resume.ts';
import { showDatasetProgress } from '../terminal/dataset-progress.ts';
import { formatCount } from '../terminal/table.ts';
import { showTraining } from '../terminal/training-progress.ts';
import { train } from '../trainer.ts';
import type { TrainedRun, TrainingOptions } from '../training-options.ts';
import { Interruption } from './interruption.ts';

/**
 * `lockstep train`.
 * @param flags texts by config key; a preset as `config`, a run's folder as `resume`
 * @param flagProblems what the command line holds that is no flag
 */
export async function trainCommand(
  flags: Readonly<Record<string, unknown>>,
  flagProblems: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const fromFlags = readFlags(flags);
  fromFlags.problems.push(...flagProblems);
  const sources = [fromFlags, readEnvironment(environment)];
  if (typeof flags['config'] === 'string') sources.push(readPreset(flags['config']));

  const interruption = new Interruption();
  const { signal } = interruption;
  const resumed = typeof flags['resume'] === 'string' ? flags['resume'] : undefined;
  // Started through npm, the command is not on the PATH.
  const command = environment['npm_command'] === undefined ? 'lockstep' : 'npx lockstep';
  try {
    const run =
      resumed === undefined
        ? await trainShown(resolveConfig(sources, availableParallelism()), { signal })
        : await resumeRun(resumed, sources, signal);
    printEnd(run, command);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    const next =
      resumed === undefined ? '' : `; to go on:  ${command} train --resume ${relativePath(resumed)}`;
    console.log(`stopped before the first step, nothing was written${next}`);
  }
  process.exitCode = interruption.exitCode ?? 0;
}

async function resumeRun(
  path: string,
  sources: readonly ConfigSource[],
  signal: AbortSignal,
): Promise<TrainedRun> {
  const resume = await openRunToResume(path, sources, (text) =>
    console.error(`${styleText('yellow', 'note:', { stream: process.stderr })} ${text}`),
  );
  try {
    return await trainShown(resume.config, { resume, signal });
  } finally {
    await resume.lock.release();
  }
}

async function trainShown(config: Config, options: TrainingOptions): Promise<TrainedRun> {
  const dataset = showDatasetProgress(process.stderr);
  try {
    return await train(config, {
      ...options,
      listener: {
        ...dataset,
        ...showTraining(config.epochs),
        onStart: ({ directory, trainingSamples, validationSamples }) => {
          dataset.done();
          console.log(describeStart(config, trainingSamples, validationSamples, directory));
        },
      },
    });
  } finally {
    dataset.done();
  }
}

function describeStart(config: Config, training: number, validation: number, directory: string): string {
  return [
    `LeNet-5 on ${formatCount(training)} training and ${formatCount(validation)} validation images`,
    `${config.workers} ${config.workers === 1 ? 'worker' : 'workers'} on cpu`,
    `batch ${config.batchSize}`,
    `seed ${config.seed}`,
    relativePath(directory),
  ].join(' · ');
}

function printEnd({ directory, result }: TrainedRun, command: string): void {
  const path = relativePath(directory);
  if (result === undefined) {
    console.log(`\nstopped and saved; to go on:  ${command} train --resume ${path}`);
    return;
  }
  const best = `${result.bestValidationAccuracy.toFixed(4)} (epoch ${result.bestEpoch})`;
  console.log('');
  console.log(
    `time                      ${result.seconds.toFixed(1)} s, ${formatCount(result.samplesPerSecond)} samples/s`,
  );
  console.log(`best validation accuracy  ${styleText('green', best)}`);
  console.log(`weights SHA-256           ${result.weightsSha256}`);
  console.log(`run folder                ${path}`);
  console.log(styleText('dim', `next                      ${command} evaluate ${path}`));
}

function relativePath(path: string): string {
  const fromHere = relative('', path);
  return fromHere.startsWith('..') ? path : fromHere;
}
