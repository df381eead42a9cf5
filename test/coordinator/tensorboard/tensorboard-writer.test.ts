import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readHistory } from '../../../src/coordinator/run/history.ts';
import type { RunTelemetry } from '../../../src/coordinator/telemetry/run-telemetry.ts';
import type { StepFigures } from '../../../src/coordinator/telemetry/step-figures.ts';
import { TensorBoardWriter } from '../../../src/coordinator/tensorboard/tensorboard-writer.ts';
import { train } from '../../../src/coordinator/trainer.ts';
import type { TrainingListener, TrainingOptions } from '../../../src/coordinator/training-options.ts';
import { endCli, startCli } from '../../support/cli-process.ts';
import { resumeRun } from '../../support/resuming.ts';
import { filesIn } from '../../support/run-outcome.ts';
import { sliceConfig, sliceDirectory, temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();
let runs = 0;
const newRun = () => join(folder, `run-${runs++}`);

/** Calls with the listener that writes for TensorBoard; `also` listens to what that does not. */
async function writeWhile<T>(work: (options: { listener: TrainingListener }) => Promise<T>, also = {}) {
  const notices: string[] = [];
  const writer = new TensorBoardWriter((text) => notices.push(text));
  const outcome = await work({ listener: { ...writer.listener, ...also } });
  await writer.close();
  return { outcome, notices };
}

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import tensorboard']).status === 0,
);
const withoutTensorBoard =
  python === undefined ? ' (skipped: no python3 here can import tensorboard; pip install tensorboard)' : '';

type Shown = Record<'steps' | 'train' | 'validation', Record<string, [step: number, value: number][]>>;

function readWithTensorBoard(run: string): Shown {
  const script = fileURLToPath(new URL('read_events.py', import.meta.url));
  const output = execFileSync(python as string, [script, join(run, 'tensorboard')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(output) as Shown;
}

/** What TensorBoard has to show of a run, by its history.csv. */
async function epochsOf(run: string) {
  const history = await readHistory(join(run, 'history.csv'));
  const column = (value: (row: (typeof history)[number]) => number) =>
    history.map((row) => [row.epoch, Math.fround(value(row))]);
  return {
    train: {
      epoch_loss: column((row) => row.trainLoss),
      epoch_accuracy: column((row) => row.trainAccuracy),
      epoch_samples_per_second: column((row) => row.samplesPerSecond),
    },
    validation: {
      epoch_loss: column((row) => row.validationLoss),
      epoch_accuracy: column((row) => row.validationAccuracy),
    },
  };
}

function stepsUpTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

describe.skipIf(python === undefined)(`TensorBoard${withoutTensorBoard}`, () => {
  test('shows every value of history.csv, and every step with its values', async () => {
    const run = newRun();
    const figures: StepFigures[] = [];
    const readers: { read(): StepFigures[] }[] = [];
    const writer = new TensorBoardWriter(() => {});
    await train(sliceConfig({ workers: 2, runDir: run }), {
      listener: {
        ...writer.listener,
        onStart: (telemetry: RunTelemetry) => {
          writer.listener.onStart?.(telemetry);
          readers.push(telemetry.stepReader());
        },
        onEpochTrained: () => {
          writer.listener.onEpochTrained?.();
          for (const reader of readers) figures.push(...reader.read());
        },
      },
    });
    await writer.close();
    const { steps, ...epochs } = readWithTensorBoard(run);
    expect(epochs).toEqual(await epochsOf(run));
    const column = (value: (step: StepFigures) => number) =>
      figures.map((step) => [step.globalStep, Math.fround(value(step))]);
    expect(figures).toHaveLength(26);
    expect(steps).toEqual({
      batch_loss: column((step) => step.loss),
      batch_accuracy: column((step) => step.accuracy),
      learning_rate: column((step) => step.learningRate),
      gradient_norm: column((step) => step.gradientNorm),
      samples_per_second: column((step) => step.samples / step.seconds),
      'step_seconds/compute': column((step) => step.computeSeconds),
      'step_seconds/wait': column((step) => step.waitSeconds),
      'step_seconds/reduce': column((step) => step.reduceSeconds),
      'step_seconds/optimizer': column((step) => step.optimizerSeconds),
      'step_seconds/gather': column((step) => step.gatherSeconds),
    });
  });

  test('shows a run that was interrupted and resumed, twice within a second, as one', async () => {
    const run = newRun();
    const interruptedRun = (options: TrainingOptions, go: (options: TrainingOptions) => Promise<unknown>) => {
      const controller = new AbortController();
      let epochs = 0;
      return writeWhile(({ listener }) => go({ ...options, listener, signal: controller.signal }), {
        onEpochStart: () => ++epochs === 2 && controller.abort(),
      });
    };
    await interruptedRun({}, (options) => train(sliceConfig({ runDir: run, epochs: 6 }), options));
    await interruptedRun({}, (options) => resumeRun(run, {}, options));
    await writeWhile((options) => resumeRun(run, {}, options));
    const { steps, ...epochs } = readWithTensorBoard(run);
    expect(epochs).toEqual(await epochsOf(run));
    expect(steps['batch_loss']?.map(([step]) => step)).toEqual(stepsUpTo(6 * 13));
    expect(filesIn(join(run, 'tensorboard', 'steps'))).toHaveLength(3);
  });

  test('shows no step twice that a killed process had written and that was done again', async () => {
    const run = newRun();
    const flags = ['--tensorboard', '--no-metrics'];
    const start = ['train', '--data', sliceDirectory, '--epochs', '60', '--checkpoint-every', '7 epochs'];
    const cli = startCli([...start, '--run-dir', run, ...flags]);
    await cli.untilOutput('epoch 27/60');
    cli.process.kill('SIGKILL');
    expect(await cli.ended).toMatchObject({ signal: 'SIGKILL' });
    // Written by the killed process, and lost: there is no checkpoint of them.
    const killed = readWithTensorBoard(run);
    const checkpoint = Number(
      /step-0*(\d+)/.exec(readdirSync(join(run, 'checkpoints')).at(-1) as string)?.[1],
    );
    expect(killed.steps['batch_loss']?.length).toBeGreaterThan(checkpoint);
    // As if it had been killed in the middle of a record.
    const [steps] = filesIn(join(run, 'tensorboard', 'steps')) as [string];
    truncateSync(steps, readFileSync(steps).length - 5);
    expect(await endCli(['train', '--resume', run, ...flags])).toMatchObject({ exitCode: 0 });
    const { steps: shownSteps, ...epochs } = readWithTensorBoard(run);
    expect(epochs).toEqual(await epochsOf(run));
    // Of 800 samples in batches of 128.
    expect(shownSteps['batch_loss']?.map(([step]) => step)).toEqual(stepsUpTo(60 * 7));
  });

  test('shows the epochs before a resume that was the first to write for it', async () => {
    const run = newRun();
    await train(sliceConfig({ runDir: run }));
    await writeWhile((options) => resumeRun(run, { epochs: 3 }, options));
    const { steps, ...epochs } = readWithTensorBoard(run);
    expect(epochs).toEqual(await epochsOf(run));
    expect(steps['batch_loss']?.map(([step]) => step)).toEqual(stepsUpTo(39).slice(26));
  });
});

describe('event files', () => {
  test('are named for TensorBoard, and name no machine', async () => {
    const run = newRun();
    await writeWhile((options) => train(sliceConfig({ runDir: run, epochs: 1 }), options));
    const names = filesIn(join(run, 'tensorboard')).map((path) => basename(path));
    expect(names).toHaveLength(3);
    for (const name of names) expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\.lockstep$/);
  });

  test('of a run that has nothing left to do are not begun', async () => {
    const run = newRun();
    await train(sliceConfig({ runDir: run, epochs: 1 }));
    await writeWhile((options) => resumeRun(run, {}, options));
    expect(filesIn(join(run, 'tensorboard'))).toEqual([]);
  });

  test('that cannot be made are one notice, and the run goes on', async () => {
    const run = newRun();
    await train(sliceConfig({ runDir: run, epochs: 1 }));
    mkdirSync(join(run, 'tensorboard'));
    writeFileSync(join(run, 'tensorboard', 'validation'), '');
    const { outcome, notices } = await writeWhile((options) => resumeRun(run, { epochs: 2 }, options));
    expect(outcome.result).toBeDefined();
    expect(notices).toEqual([
      expect.stringMatching(/^TensorBoard’s event files cannot be written: E.*goes on without them\.$/),
    ]);
  });

  test('whose name is taken from a clock that ran ahead are followed by later names', async () => {
    const run = newRun();
    await train(sliceConfig({ runDir: run, epochs: 1 }));
    for (const name of ['train', 'validation', 'steps']) {
      mkdirSync(join(run, 'tensorboard', name), { recursive: true });
      appendFileSync(join(run, 'tensorboard', name, 'events.out.tfevents.9999999990.lockstep'), '');
    }
    await writeWhile((options) => resumeRun(run, { epochs: 2 }, options));
    expect(
      readdirSync(join(run, 'tensorboard', 'train'))
        .sort()
        .at(-1),
    ).toBe('events.out.tfevents.9999999991.lockstep');
  });
});
