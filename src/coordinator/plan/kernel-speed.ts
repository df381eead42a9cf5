import { availableParallelism } from 'node:os';
import { writeAdamSchedule } from '../../shared/adam.ts';
import type { BatchPlan } from '../../shared/batch-plan.ts';
import type { Config } from '../../shared/config.ts';
import { engineOptions } from '../../shared/engine-options.ts';
import { initialParameters } from '../../shared/initial-parameters.ts';
import { stepRecord } from '../../shared/memory-layout.ts';
import type { RunMemory } from '../../shared/run-memory.ts';
import { DataParallel } from '../data-parallel.ts';
import { planBatches } from '../training-setup.ts';
import { measureReduction } from './reduction-speed.ts';
import { type KernelSpeed, predictStep } from './step-cost.ts';
import { stepWork } from './step-work.ts';

/** What the speed was measured with. */
export interface MeasuredSpeed extends KernelSpeed {
  /** That computed at the same time. */
  workers: number;
  /** Share of the measured steps that the figures here do not account for, 0 to 1: large where other programs take cores. */
  otherShare: number;
}

/** Until the kernels are compiled by the optimizing compiler, and the clock of the cores has settled. */
const warmUpSeconds = 0.3;
const measuredSeconds = 1;
/** Steps that the memory has records for: more than a second has of the smallest. */
const mostSteps = 4000;
/** More are no other work than these. */
const images = 8192;
const mostTasks = 8;
const mostSamples = 2048;
/**
 * Quantiles of the steps: another program that takes a core for a while can only make a step longer. What it does to a kernel is
 * little; but a worker that has lost its core keeps all others waiting.
 */
const undisturbedKernels = 0.05;
const undisturbedPhases = 0.01;
const noNetwork = { latencySeconds: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

/**
 * Trains on invented images for a second, with as many workers as the plan's hosts have, or as this machine has cores.
 */
export async function measureKernels(config: Config): Promise<MeasuredSpeed> {
  const workers = Math.min(config.workers, availableParallelism());
  const step = measuredStep(planBatches(config, mostSamples), workers);
  const session = await startSession(config, { ...step, sampleCount: mostSteps * step.batchSize }, workers);
  try {
    const firstStep = await trainFor(session, warmUpSeconds, 0);
    const endStep = await trainFor(session, measuredSeconds, firstStep);
    const ofSteps = (field: number, share: number) =>
      quantileOfSteps(session.memory, field, share, [firstStep, endStep]);
    const work = stepWork(config, { ...step, sampleCount: step.batchSize });
    const speed = {
      shardSeconds:
        (ofSteps(stepRecord.computeSeconds, undisturbedKernels) * workers) /
        (work.tasks * work.shardsPerTask),
      reduction: await measureReduction(work.parameters),
      optimizerSeconds: ofSteps(stepRecord.optimizerSeconds, undisturbedKernels) * workers,
      phaseSeconds: Math.max(0, ofSteps(stepRecord.waitSeconds, undisturbedPhases)) / 2,
    };
    const predicted = predictStep({ hosts: 1, workers }, work, speed, noNetwork).stepSeconds;
    const otherShare = Math.max(0, 1 - predicted / ofSteps(stepRecord.seconds, 0.5));
    return { ...speed, workers, otherShare };
  } finally {
    await session.stop();
  }
}

/** As many tasks for each worker, and as few that a second has many steps. */
function measuredStep(
  { microBatch, shardsPerTask }: BatchPlan,
  workers: number,
): Omit<BatchPlan, 'sampleCount'> {
  const shards = shardsPerTask === undefined ? 1 : Math.min(shardsPerTask, 8);
  const taskSamples = shards * microBatch;
  const rounds = Math.floor(Math.min(mostTasks, mostSamples / taskSamples) / workers);
  const batchSize = taskSamples * workers * Math.max(1, rounds);
  return { batchSize, microBatch, ...(shardsPerTask === undefined ? {} : { shardsPerTask: shards }) };
}

async function startSession(config: Config, plan: BatchPlan, workers: number): Promise<DataParallel> {
  const session = await DataParallel.start({
    workers,
    options: engineOptions(config),
    clipNorm: config.clipNorm,
    averages: config.emaDecay !== undefined,
    plan,
    evaluationSamples: 0,
    images,
    pool: { workerTimeoutSeconds: config.workerTimeout, maxWorkerRestarts: 0 },
  });
  try {
    await session.ready();
    fillMemory(session.memory);
    writeAdamSchedule(
      0,
      Array(mostSteps).fill(config.learningRate),
      config,
      session.memory.optimizerSchedule,
    );
    session.parameters.set(initialParameters(config.seed, 'pytorch', config));
    return session;
  } catch (error) {
    await session.stop();
    throw error;
  }
}

/** Images of noise; the kernels do not look at what they compute. */
function fillMemory({ images: pixels, labels, trainingOrder }: RunMemory): void {
  let state = 1;
  for (let index = 0; index < pixels.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    pixels[index] = state >>> 24;
  }
  for (let index = 0; index < labels.length; index++) labels[index] = index % 10;
  // All over the memory, as a shuffled order has it.
  for (let index = 0; index < trainingOrder.length; index++) trainingOrder[index] = (index * 4093) % images;
}

/** @returns the step before which it ended */
async function trainFor(session: DataParallel, seconds: number, from: number): Promise<number> {
  const began = performance.now();
  let step = from;
  do {
    step = Math.min(step + 16, mostSteps);
    await session.trainSteps(step);
  } while (performance.now() - began < 1000 * seconds && step < mostSteps);
  return step;
}

/** @param share of the steps that are below the value, 0 to 1 (exclusive) */
function quantileOfSteps(
  { stepRecords }: RunMemory,
  field: number,
  share: number,
  [from, to]: readonly [number, number],
): number {
  const values = stepRecords.subarray(from * stepRecord.fields, to * stepRecord.fields);
  const ascending = values.filter((_, index) => index % stepRecord.fields === field).sort();
  return ascending[Math.floor(ascending.length * share)] as number;
}
