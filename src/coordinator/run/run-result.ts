import type { Config } from '../../shared/config.ts';
import { workerStatistics as statistic } from '../../shared/memory-layout.ts';
import type { DatasetHashes } from '../dataset/load-dataset.ts';
import { currentMachine, type Machine } from '../machine.ts';
import { type MeanStep, meanStep } from '../telemetry/mean-step.ts';
import { type RankFigures, readRankFigures } from '../telemetry/rank-figures.ts';
import type { TrainingSetup } from '../training-setup.ts';
import { currentVersions, type Versions } from '../version.ts';
import { bestEpoch, type EpochRecord } from './history.ts';

/** What result.json holds. */
export interface RunResult {
  /** Of the final weights, see weights-hash.ts. */
  weightsSha256: string;
  /** 1-based. */
  bestEpoch: number;
  /** Ratio, 0 to 1. */
  bestValidationAccuracy: number;
  /** Training and validation of all epochs. */
  seconds: number;
  /** Training samples by the time of the training steps alone, over the whole run. */
  samplesPerSecond: number;
  workers: number;
  /** What each of them computed on. */
  devices: string[];
  /** From the start of the process to its first step; this and the rest are the last process's. */
  startupSeconds: number;
  /** Largest resident set of the process, all its threads together. */
  peakMemoryBytes: number;
  /** What each rank did in its last process; missing in a run of one process. The other figures are those of the first rank. */
  ranks?: RankFigures[];
  /** Seconds summed over the workers: where their time went, in the last process of a run that was resumed. */
  stepPhases: StepPhaseSeconds;
  /** Where the time of a step went, over the last epoch. */
  meanStep: MeanStep;
  dataset: DatasetHashes<'train'>;
  versions: Versions;
  machine: Machine;
}

interface StepPhaseSeconds {
  /** Forward and backward kernels. */
  compute: number;
  /** Tree reduction and Adam. */
  update: number;
  /** For another worker's task, or for the coordinator. */
  wait: number;
  /** Forward kernels of the validation. */
  evaluate: number;
  /** All of the time in the task loop. */
  total: number;
}

export function summarizeRun(run: {
  config: Config;
  setup: TrainingSetup;
  history: readonly EpochRecord[];
  startupSeconds: number;
}): RunResult {
  const { config, setup, history } = run;
  const ranks = readRankFigures(setup.session.memory);
  const last = history.at(-1) as EpochRecord;
  const best = bestEpoch(history) as EpochRecord;
  const trainingSeconds = history.reduce(
    (sum, row) => sum + setup.plan.sampleCount / row.samplesPerSecond,
    0,
  );
  return {
    weightsSha256: last.weightsSha256,
    bestEpoch: best.epoch,
    bestValidationAccuracy: best.validationAccuracy,
    seconds: history.reduce((sum, row) => sum + row.seconds, 0),
    samplesPerSecond: (history.length * setup.plan.sampleCount) / trainingSeconds,
    workers: config.workers,
    devices: setup.session.describeWorkers().map(({ device }) => device),
    startupSeconds: run.startupSeconds,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    ...(ranks.length === 0 ? {} : { ranks }),
    stepPhases: sumPhases(setup, config.workers),
    meanStep: meanStep(setup.session.memory.stepRecords),
    dataset: setup.datasetHashes,
    versions: currentVersions(),
    machine: currentMachine(),
  };
}

function sumPhases(setup: TrainingSetup, workers: number): StepPhaseSeconds {
  const phases = { compute: 0, update: 0, wait: 0, evaluate: 0, total: 0 };
  for (let worker = 0; worker < workers; worker++) {
    const seconds = setup.session.memory.workerStatistics(worker);
    phases.compute += seconds[statistic.computeSeconds] as number;
    phases.update += seconds[statistic.updateSeconds] as number;
    phases.wait += seconds[statistic.waitSeconds] as number;
    phases.evaluate += seconds[statistic.evaluationSeconds] as number;
    phases.total += seconds[statistic.totalSeconds] as number;
  }
  return phases;
}
