import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../shared/config.ts';
import { DataError } from '../../shared/errors.ts';
import type { RunEnvironment, RunView } from '../../shared/run-view.ts';
import { readPreset } from '../config/config-sources.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { exists } from '../exists.ts';
import { describeConfig, epochPoint, thinHistory } from '../page/describe-run.ts';
import { schedulePoints } from '../page/schedule-points.ts';
import { parseJson } from '../parse-json.ts';
import { bestEpoch, readHistory } from '../run/history.ts';
import { runFiles } from '../run/run-files.ts';
import { readWorkerTimes, type WorkerEpoch } from '../run/worker-times.ts';
import { workerSeries } from './worker-series.ts';

const resultSchema = z.object({
  versions: z.object({ lockstep: z.string(), node: z.string(), v8: z.string(), platform: z.string() }),
  machine: z.object({ cpu: z.string(), cores: z.number() }).optional(),
});

/** For the picture of the schedule, whose form hardly depends on it: the folder does not tell how many steps an epoch had. */
const drawnSteps = 500;

/** A run as it lies in its folder. */
export interface StoredRun {
  config: Config;
  view: RunView;
}

/**
 * Reads a run's folder, whether it is complete or not.
 * @param onNotice told of what is missing and done without
 * @throws ConfigError or DataError when the folder is no run's, or a file in it is damaged
 */
export async function readRun(path: string, onNotice: (text: string) => void): Promise<StoredRun> {
  const config = await readConfig(path);
  const history = (await exists(join(path, runFiles.history)))
    ? await readHistory(join(path, runFiles.history))
    : [];
  const environment = await readEnvironment(join(path, runFiles.result));
  const workerRows = await readWorkers(join(path, runFiles.workers), history.length, onNotice);
  const last = history.at(-1);
  const best = bestEpoch(history);
  const seconds = history.reduce((sum, row) => sum + row.seconds, 0);
  const losses = history.map((row) => row.validationLoss);
  const view: RunView = {
    run: basename(resolve(path)),
    ...describeConfig(config),
    environment,
    devices: workerRows.filter(({ epoch }) => epoch === last?.epoch).map(({ device }) => device),
    trainingSamples: undefined,
    validationSamples: undefined,
    state: { kind: environment === undefined ? 'incomplete' : 'complete' },
    progress: {
      epoch: history.length,
      epochs: config.epochs,
      step: 1,
      stepsPerEpoch: 1,
      done: history.length / config.epochs,
      seconds,
      secondsLeft: undefined,
    },
    best: best && epochPoint(best),
    weightsSha256: last?.weightsSha256,
    confusion: undefined,
    learningRates: schedulePoints(config, drawnSteps, losses),
    history: thinHistory(history).map(epochPoint),
    stepLosses: [],
    ...workerSeries(workerRows, history),
    events: [],
  };
  return { config, view };
}

async function readConfig(path: string): Promise<Config> {
  const file = join(path, runFiles.config);
  if (!(await exists(file))) {
    throw new DataError(
      `${path} is no run folder: it has no ${runFiles.config}.`,
      'Name a folder that "lockstep train" made.',
    );
  }
  return resolveConfig([readPreset(file)], 1);
}

/** @returns undefined for a run that is not complete */
async function readEnvironment(path: string): Promise<RunEnvironment | undefined> {
  if (!(await exists(path))) return undefined;
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new DataError(`${path}: cannot be read: ${cause.message}.`, undefined, cause);
  });
  const parsed = resultSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new DataError(
      `${path} is not what a run writes: ${parsed.error.issues[0]?.message ?? 'unknown'}.`,
      'The file was changed by hand or is damaged: "lockstep train --resume" writes it anew.',
    );
  }
  const { versions, machine } = parsed.data;
  return { ...versions, cpu: machine?.cpu, cores: machine?.cores };
}

/** @param epochs of the history: rows of later ones are of a process that did not finish its files */
async function readWorkers(
  path: string,
  epochs: number,
  onNotice: (text: string) => void,
): Promise<WorkerEpoch[]> {
  try {
    return ((await readWorkerTimes(path)) ?? []).filter(({ epoch }) => epoch <= epochs);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    onNotice(`${error.message} The report has no timeline of the workers.`);
    return [];
  }
}
