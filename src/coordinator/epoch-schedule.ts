import { writeAdamSchedule } from '../shared/adam.ts';
import { stepsPerEpoch } from '../shared/batch-plan.ts';
import type { Config } from '../shared/config.ts';
import { learningRates } from '../shared/learning-rate.ts';
import { epochOrder } from '../shared/sampler.ts';
import type { TrainingSetup } from './training-setup.ts';
import type { TrainingState } from './training-state.ts';

/**
 * Writes the order of the epoch that is under way, and its optimizer schedule, into shared memory.
 * @returns the learning rate of each step
 */
export function writeEpoch(
  config: Config,
  { session, plan, trainingSamples }: TrainingSetup,
  { epoch, history }: TrainingState,
): readonly number[] {
  const { memory } = session;
  epochOrder(config.seed, epoch, trainingSamples, memory.trainingOrder);
  const losses = history.map((row) => row.validationLoss);
  const rates = learningRates(config, epoch, stepsPerEpoch(plan), losses);
  writeAdamSchedule(session.globalStep - session.epochStep, rates, config, memory.optimizerSchedule);
  return rates;
}
