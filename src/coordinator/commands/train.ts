import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { Config } from '../../shared/config.ts';
import { detectLauncher } from '../../shared/launcher.ts';
import { defaultTraceCapacity } from '../../shared/trace-ring.ts';
import { alone, type Collective } from '../collective/collective.ts';
import { describeBinding } from '../collective/core-binding.ts';
import { trainTogether } from '../collective/train-together.ts';
import { type ConfigSource, readEnvironment, readFlags, readPreset } from '../config/config-sources.ts';
import { resolveCollective } from '../config/resolve-config.ts';
import { resolveForDevices, type SettingsForDevices } from '../devices/resolve-devices.ts';
import { startObservers } from '../observers/start-observers.ts';
import type { ResumedRun } from '../run/resume.ts';
import { openRunOfAll } from '../run/resume-together.ts';
import { combineListeners } from '../telemetry/combine-listeners.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
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
 * @param verbose also shows what the processes of devices print
 */
export async function trainCommand(
  flags: Readonly<Record<string, unknown>>,
  flagProblems: readonly string[],
  environment: NodeJS.ProcessEnv,
  verbose: boolean,
): Promise<void> {
  const fromFlags = readFlags(flags);
  fromFlags.problems.push(...flagProblems);
  const sources = [fromFlags, readEnvironment(environment)];
  if (typeof flags['config'] === 'string') sources.push(readPreset(flags['config']));

  const launcher = detectLauncher(environment);
  const interruption = new Interruption((launcher?.rank ?? 0) === 0);
  const { signal } = interruption;
  const resumed = typeof flags['resume'] === 'string' ? flags['resume'] : undefined;
  // Started through npm, the command is not on the PATH.
  const command = environment['npm_command'] === undefined ? 'lockstep' : 'npx lockstep';
  await trainTogether(
    launcher,
    () => resolveCollective(sources),
    verbose,
    (exitNow) => interruption.endBy(exitNow),
    async (collective) => {
      const invocation = { command, interruption, verbose, collective };
      try {
        if (resumed === undefined) {
          const onNotice = isFirst(collective) ? printNotice : undefined;
          await trainObserved(await resolveForDevices(sources, onNotice, collective.ranksHere), invocation);
        } else {
          await resumeRun(resumed, sources, invocation);
        }
      } catch (error) {
        if (!signal.aborted || error !== signal.reason) throw error;
        const next =
          resumed === undefined ? '' : `; to go on:  ${command} train --resume ${relativePath(resumed)}`;
        console.log(`stopped before the first step, nothing was written${next}`);
      }
      return interruption.exitCode ?? 0;
    },
  );
}

/** How the command was called, beside the settings. */
interface Invocation {
  command: string;
  interruption: Interruption;
  verbose: boolean;
  collective: Collective;
}

/** Of the ranks of a run the first alone is seen and heard. */
function isFirst({ rank }: Collective): boolean {
  return rank.rank === 0;
}

async function resumeRun(
  path: string,
  sources: readonly ConfigSource[],
  invocation: Invocation,
): Promise<void> {
  const resume = await openRunOfAll(path, sources, invocation.collective, printNotice);
  try {
    await trainObserved(resume, invocation, resume);
  } finally {
    await resume.release();
  }
}

/** Trains, watched by what the settings ask for; some of that goes on after the end of the run. */
async function trainObserved(
  { config, observation, devices }: SettingsForDevices,
  { command, interruption, verbose, collective }: Invocation,
  resume?: Pick<ResumedRun, 'path' | 'checkpoint'>,
): Promise<void> {
  const { signal } = interruption;
  if (!isFirst(collective)) {
    await train(config, { resume, signal, devices, verbose, collective });
    await collective.leave();
    return;
  }
  const bound = describeBinding(config.workers, collective);
  if (bound !== undefined) printNotice(bound);
  const observer = await startObservers(observation, printNotice, printStatus);
  // While other ranks wait for this one, nothing goes on after the end.
  let untilWhen = collective.rank.size === 1 ? signal : AbortSignal.abort();
  try {
    const { listener } = observer;
    const traceCapacity = observation.trace === undefined ? 0 : defaultTraceCapacity;
    const options = { resume, signal, listener, traceCapacity, devices, verbose, collective };
    printEnd(await trainShown(config, options), command);
    await collective.leave();
    untilWhen = signal;
  } finally {
    interruption.runIsOver();
    await observer.close(untilWhen);
  }
}

async function trainShown(config: Config, options: TrainingOptions): Promise<TrainedRun> {
  const { listener = {} } = options;
  const dataset = showDatasetProgress(process.stderr);
  const terminal = {
    ...dataset,
    ...showTraining(config.epochs),
    onStart: (run: RunTelemetry) => {
      dataset.done();
      console.log(describeStart(run, options.collective));
    },
  };
  try {
    return await train(config, { ...options, listener: combineListeners([terminal, listener]) });
  } finally {
    dataset.done();
  }
}

function printNotice(text: string): void {
  console.error(`${styleText('yellow', 'note:', { stream: process.stderr })} ${text}`);
}

/** On standard error: the output of a run stays what it is, whoever watches. */
function printStatus(text: string): void {
  console.error(styleText('dim', text, { stream: process.stderr }));
}

/** `2 workers on cpu`; of workers on different devices `2 workers on cpu, 1 on webgpu`. */
function describeWorkers(run: RunTelemetry): string {
  const counts = new Map<string, number>();
  for (const { device } of run.workers()) counts.set(device, (counts.get(device) ?? 0) + 1);
  const noun = run.config.workers === 1 ? 'worker' : 'workers';
  return [...counts]
    .map(([device, count], index) => `${count}${index === 0 ? ` ${noun}` : ''} on ${device}`)
    .join(', ');
}

function describeStart(run: RunTelemetry, collective: Collective = alone): string {
  const { config } = run;
  const { size } = collective.rank;
  return [
    `LeNet-5 on ${formatCount(run.trainingSamples)} training and ${formatCount(run.validationSamples)} validation images`,
    size === 1
      ? describeWorkers(run)
      : `${size} ranks under ${collective.library}; rank 0: ${describeWorkers(run)}`,
    `batch ${config.batchSize}`,
    `seed ${config.seed}`,
    relativePath(run.directory),
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
