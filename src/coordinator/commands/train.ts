import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import colors from 'picocolors';
import { readEnvironment, readFlags, readPreset } from '../config/config-sources.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { showDatasetProgress } from '../terminal/dataset-progress.ts';
import { formatCount } from '../terminal/table.ts';
import { showTraining } from '../terminal/training-progress.ts';
import { type TrainedRun, train } from '../trainer.ts';

/**
 * `lockstep train`.
 * @param flags texts by config key, and the path of a preset as `config`
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
  const config = resolveConfig(sources, availableParallelism());

  const dataset = showDatasetProgress(process.stderr);
  const run = await train(config, {
    ...dataset,
    ...showTraining(config.epochs),
    onStart: ({ directory, setup }) => {
      dataset.done();
      const { trainingSamples, validationSamples } = setup;
      console.log(
        `LeNet-5 on ${formatCount(trainingSamples.length)} training and ${formatCount(validationSamples.length)} validation images` +
          ` · ${config.workers} ${config.workers === 1 ? 'worker' : 'workers'} on cpu · batch ${config.batchSize} · seed ${config.seed}` +
          ` · ${relativePath(directory)}`,
      );
    },
  });
  printEnd(run);
}

function printEnd({ directory, result }: TrainedRun): void {
  const best = `${result.bestValidationAccuracy.toFixed(4)} (epoch ${result.bestEpoch})`;
  console.log('');
  console.log(
    `time                      ${result.seconds.toFixed(1)} s, ${formatCount(result.samplesPerSecond)} samples/s`,
  );
  console.log(`best validation accuracy  ${colors.green(best)}`);
  console.log(`weights SHA-256           ${result.weightsSha256}`);
  console.log(`run folder                ${relativePath(directory)}`);
  console.log(colors.dim(`next                      lockstep evaluate ${relativePath(directory)}`));
}

function relativePath(path: string): string {
  const fromHere = relative('', path);
  return fromHere.startsWith('..') ? path : fromHere;
}
