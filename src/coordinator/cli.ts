#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { ConfigError, exitCodes } from '../shared/errors.ts';
import type { SettingField } from '../shared/setting-field.ts';
import {
  parseCount,
  parseCounts,
  parseEpochs,
  parseHosts,
  parseRows,
  parseWorkers,
} from './commands/argument-parsers.ts';
import { benchCommand } from './commands/bench.ts';
import { devicesCommand } from './commands/devices.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { fetchDataCommand } from './commands/fetch-data.ts';
import { type PlanOptions, planCommand, planKeys } from './commands/plan.ts';
import { plotCommand } from './commands/plot.ts';
import { predictCommand } from './commands/predict.ts';
import { previewCommand, previewKeys } from './commands/preview.ts';
import { reportCommand } from './commands/report.ts';
import { modelKeys, summaryCommand } from './commands/summary.ts';
import { sweepCommand } from './commands/sweep.ts';
import { trainCommand } from './commands/train.ts';
import { type SettingKey, settingFields } from './config/config-sources.ts';
import { suggestNearest } from './config/nearest-name.ts';
import { exportFormats } from './export/write-export.ts';
import { inversions } from './predict/model-input.ts';
import { outliveLostOutput } from './terminal/lost-output.ts';
import { reportFailure } from './terminal/report-failure.ts';
import { lockstepVersion } from './version.ts';

outliveLostOutput();
const program = new Command('lockstep')
  .description('Data-parallel training of LeNet-5 on FashionMNIST: the same bits for any number of workers.')
  .version(lockstepVersion)
  .option('--verbose', 'print the stack trace of an error')
  .showSuggestionAfterError()
  .exitOverride()
  .configureOutput({ outputError: () => {} });

const trainProgram = program
  .command('train')
  .description('train a model into a new run folder')
  .option('--config <file>', 'preset (YAML); environment variables and flags override it')
  .option('--resume <run>', 'go on with the run in this folder, from its newest whole checkpoint')
  // What is left over is reported together with all other problems of the configuration.
  .allowUnknownOption()
  .allowExcessArguments()
  .action(async (flags: Record<string, unknown>, command: Command) => {
    await trainCommand(flags, describeLeftovers(command), process.env, program.opts()['verbose'] === true);
  });
for (const field of settingFields) trainProgram.addOption(settingOption(field));
trainProgram.addHelpText(
  'after',
  '\nEach setting can also come from the environment (LOCKSTEP_BATCH_SIZE=256) or a preset (batchSize: 256).',
);

program
  .command('evaluate')
  .description('score the best weights of a run, a weights file or a checkpoint, on the test images')
  .argument('<run-or-file>', 'a run folder, or a .safetensors file')
  .addOption(new Option('--split <name>', 'which samples').choices(['test', 'validation']).default('test'))
  .option('--json', 'print one JSON object', false)
  .option('--workers <n>', 'worker threads (default: the cores available)', parseWorkers)
  .option('--data <dir>', 'folder with the four IDX files')
  .action(evaluateCommand);

program
  .command('sweep')
  .description('train a grid or a list of configurations over seeds, and compare them')
  .argument('[file]', 'what to train (YAML, see docs/sweep.md); left out, what was kept in --output')
  .option('--output <dir>', 'new or empty folder, or one to go on in (default: sweeps/<name>-<time>)')
  .option('--parallel <n>', 'runs at a time, each in a process of its own', parseCount, 1)
  .option('--workers <n>', 'worker threads of a run (default: its share of the cores)', parseWorkers)
  .option('--data <dir>', 'folder with the four IDX files')
  .option('--test', 'score the best weights of each run on the test images', false)
  .option('--report', 'train nothing; show how far the sweep in --output has come', false)
  .action((file, options) => sweepCommand(file, options, process.env));

const summaryProgram = program
  .command('summary')
  .description('show the layers of a model, their shapes, parameters and costs')
  .argument('[run-or-file]', 'a run folder, or a .safetensors file; left out, the model of the settings')
  .option('--config <file>', 'preset (YAML); environment variables and flags override it')
  .action((runOrFile, flags) => summaryCommand(runOrFile, flags, process.env));
for (const field of settingFields) {
  if (modelKeys.includes(field.key)) summaryProgram.addOption(settingOption(field));
}

const previewProgram = program
  .command('preview')
  .description('draw training images beside what the epochs of a run see of them, augmented')
  .option('--config <file>', 'preset (YAML); environment variables and flags override it')
  .option('--samples <n>', 'images to draw, of all classes in turn', parseRows, 10)
  .option('--epochs <n-m>', 'which epochs to draw', parseEpochs, [1, 8])
  .option('--output <path>', 'where to draw, without suffix', 'augmentation')
  .action((flags) => previewCommand(flags, process.env));
for (const field of settingFields) {
  if (previewKeys.includes(field.key)) previewProgram.addOption(settingOption(field));
}

program
  .command('plot')
  .description('draw the curves of a run again, or those of several runs in one picture')
  .argument('<run...>', 'run folders')
  .option('--output <path>', 'where to draw, without suffix (default: curves, in the folder of a single run)')
  .action((runs: string[], options: { output?: string }) => plotCommand(runs, options.output));

program
  .command('report')
  .description('make one HTML file of a run: curves, test results, misclassified images, timeline, settings')
  .argument('<run>', 'a run folder')
  .option('--output <file>', 'where to write it (default: report.html in the run folder)')
  .option('--data <dir>', 'folder with the four IDX files')
  .option('--workers <n>', 'worker threads (default: the cores available)', parseWorkers)
  .action(reportCommand);

program
  .command('predict')
  .description('classify PNG and JPEG pictures, or the images of IDX files')
  .argument('<run-or-file>', 'a run folder, or a .safetensors file')
  .argument('<image...>', 'PNG, JPEG and IDX files (plain or gzipped)')
  .addOption(
    new Option(
      '--invert <when>',
      'exchange bright and dark in pictures; auto: where the background is bright',
    )
      .choices(inversions)
      .default('auto'),
  )
  .option('--limit <n>', 'take only the first n images of each IDX file', parseCount)
  .option('--labels <file>', 'IDX file with the labels of one IDX file of images: tells the accuracy')
  .option('--json', 'print one JSON object, with all images', false)
  .option('--workers <n>', 'worker threads (default: the cores available)', parseWorkers)
  .action(predictCommand);

program
  .command('export')
  .description(
    'write the best weights of a run, a weights file or a checkpoint, as a model for other programs',
  )
  .argument('<run-or-file>', 'a run folder, or a .safetensors file')
  .addOption(new Option('--format <name>', 'for which programs').choices(exportFormats).makeOptionMandatory())
  .option(
    '--output <path>',
    'file to write, for tfjs a folder (default: model.*, or tfjs, beside the weights)',
  )
  .action(exportCommand);

program
  .command('devices')
  .description('list the devices that can be trained on, and what others lack')
  .option('--json', 'print one JSON object', false)
  .action(devicesCommand);

program
  .command('bench')
  .description(
    'train short runs with each number of workers, in turn; show how it scales, and how close to the peak of the processor it comes',
  )
  .option('--devices <list...>', 'devices to deal to the workers, like cuda:0,cuda:1', ['cpu'])
  .option(
    '--workers <n,n>',
    'numbers of workers (default: 1, 2, 4, … up to one a core; on other devices one, and one for each)',
    parseCounts,
  )
  .addOption(
    new Option(
      '--scaling <kind>',
      'strong: the same batch for all; weak: a batch that grows with the workers',
    )
      .choices(['strong', 'weak', 'both'])
      .default('both'),
  )
  .option('--rounds <n>', 'how often each combination runs', parseCount, 3)
  .option('--epochs <n>', 'epochs of each run; the first one warms up', parseCount, 3)
  .option('--batch-size <n>', 'samples of one optimizer step', parseCount, 128)
  .option('--micro-batch <n>', 'samples that a worker computes at a time', parseCount, 16)
  .option('--limit-train <n>', 'use only the first n training samples', parseCount)
  .option('--data <dir>', 'folder with the four IDX files')
  .option('--json <file>', 'write all figures of all runs')
  .action(benchCommand);

const planProgram = program
  .command('plan')
  .description('predict how a training over several hosts scales, from the speed of this machine')
  .requiredOption('--hosts <n>', 'hosts, each an MPI rank: predict for 1, 2, 4, … up to so many', parseHosts)
  .requiredOption('--bandwidth <rate>', 'of the network, like 10Gbit or 1.2GB/s')
  .requiredOption('--latency <time>', 'of a short message, like 20us or 0.1ms')
  .option('--config <file>', 'preset (YAML); environment variables and flags override it')
  .option('--json', 'print one JSON object', false)
  .action((options: PlanOptions) => planCommand({ ...options }, process.env));
for (const field of settingFields) {
  if (planKeys.includes(field.key)) planProgram.addOption(settingOption(field));
}

program
  .command('fetch-data')
  .description('find or fetch FashionMNIST, verify it, and keep it in the cache')
  .action(fetchDataCommand);

function settingOption({ flag, value, description, defaultValue }: SettingField<SettingKey>): Option {
  if (value === undefined) return new Option(flag, description);
  const shownDefault = defaultValue === undefined ? '' : ` (default: ${defaultValue})`;
  return new Option(`${flag} <${value}>`, `${description}${shownDefault}`);
}

/** Unknown flags, with the values that may belong to them, and words that no flag takes. */
function describeLeftovers(command: Command): string[] {
  const flags = command.options.flatMap((option) => option.long ?? []);
  const problems: string[] = [];
  let maybeValue = false;
  for (const argument of command.args) {
    if (argument.startsWith('-')) {
      const name = argument.split('=')[0] as string;
      problems.push(`unknown flag "${name}"${suggestNearest(name, flags)}`);
      maybeValue = !argument.includes('=');
    } else {
      if (!maybeValue) problems.push(`unexpected argument "${argument}": train takes flags only.`);
      maybeValue = false;
    }
  }
  return problems;
}

/** Commander's own messages, in the form of ours; asking for help or the version is no failure. */
function translate(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === exitCodes.success) return undefined;
  // Without a command, commander has printed the help.
  if (error.code === 'commander.help')
    return new ConfigError(['no command given.'], 'Choose one of those above.');
  const [message, ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  return new ConfigError([`${message}${suggestion.length === 0 ? '' : ` ${suggestion.join(' ')}`}`]);
}

try {
  await program.parseAsync();
} catch (error) {
  const failure = translate(error);
  if (failure !== undefined) process.exitCode = reportFailure(failure, process.argv.includes('--verbose'));
}
