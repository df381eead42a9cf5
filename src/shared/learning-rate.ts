import type { Config } from './config.ts';
import { cosineOfHalfTurns } from './cosine.ts';

/** How the learning rate goes on from `config.learningRate`. */
export const schedules = ['constant', 'step', 'cosine', 'one-cycle', 'plateau'] as const;

type ScheduleConfig = Pick<
  Config,
  'learningRate' | 'schedule' | 'epochs' | 'warmupEpochs' | 'decayFactor' | 'decayEpochs'
>;

/** Of the one-cycle policy (Smith and Topin 2019), as PyTorch's OneCycleLR has them. */
const oneCycle = { risingShare: 0.3, startDivisor: 25, endDivisor: 25 * 1e4 } as const;

/**
 * The learning rates of an epoch's steps: a function of the configuration and the validation losses so far, so that a resumed run
 * has the same.
 * @param epoch 1-based
 * @param steps of an epoch
 * @param validationLosses of the epochs before
 */
export function learningRates(
  config: ScheduleConfig,
  epoch: number,
  steps: number,
  validationLosses: readonly number[],
): number[] {
  return Array.from({ length: steps }, (_, step) =>
    learningRate(config, epoch, step, steps, validationLosses),
  );
}

/** That of a single step, see `learningRates`. @param step 0-based */
export function learningRate(
  config: ScheduleConfig,
  epoch: number,
  step: number,
  steps: number,
  validationLosses: readonly number[],
): number {
  const stepsBefore = (epoch - 1) * steps + step;
  return (
    config.learningRate *
    warmUp(config, stepsBefore, steps) *
    factor(config, epoch, stepsBefore, steps, validationLosses)
  );
}

/** Whether the rates of an epoch depend on how many there are to be. */
export function dependsOnEpochs({ schedule }: Pick<Config, 'schedule'>): boolean {
  return schedule === 'cosine' || schedule === 'one-cycle';
}

/** From 1 / n over n steps linearly to 1. */
function warmUp({ warmupEpochs }: ScheduleConfig, stepsBefore: number, steps: number): number {
  const warmupSteps = Math.round(warmupEpochs * steps);
  return stepsBefore < warmupSteps ? (stepsBefore + 1) / warmupSteps : 1;
}

function factor(
  config: ScheduleConfig,
  epoch: number,
  stepsBefore: number,
  steps: number,
  validationLosses: readonly number[],
): number {
  const { schedule, epochs, warmupEpochs, decayFactor, decayEpochs } = config;
  const allSteps = epochs * steps;
  switch (schedule) {
    case 'constant':
      return 1;
    case 'step':
      return power(decayFactor, Math.floor((epoch - 1) / decayEpochs));
    case 'cosine': {
      // Loshchilov and Hutter 2017, without restarts.
      const warmupSteps = Math.round(warmupEpochs * steps);
      const share = Math.max(0, stepsBefore - warmupSteps) / Math.max(1, allSteps - warmupSteps);
      return anneal(1, 0, share);
    }
    case 'one-cycle': {
      const peak = oneCycle.risingShare * allSteps - 1;
      if (stepsBefore <= peak) return anneal(1 / oneCycle.startDivisor, 1, stepsBefore / peak);
      return anneal(1, 1 / oneCycle.endDivisor, (stepsBefore - peak) / (allSteps - 1 - peak));
    }
    case 'plateau':
      return power(decayFactor, countPlateaus(validationLosses, decayEpochs));
    default:
      return schedule satisfies never;
  }
}

/** Half a cosine from `from` to `to`. */
function anneal(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + cosineOfHalfTurns(Math.min(1, share)))) / 2;
}

/** How often `patience` epochs in a row brought no loss below the best so far. */
function countPlateaus(losses: readonly number[], patience: number): number {
  let best = Number.POSITIVE_INFINITY;
  let withoutBetter = 0;
  let plateaus = 0;
  for (const loss of losses) {
    withoutBetter = loss < best ? 0 : withoutBetter + 1;
    best = Math.min(best, loss);
    if (withoutBetter < patience) continue;
    plateaus++;
    withoutBetter = 0;
  }
  return plateaus;
}

/** A repeated product: `Math.pow` may round differently from one JavaScript engine to the next. */
function power(base: number, exponent: number): number {
  let product = 1;
  for (let count = 0; count < exponent; count++) product *= base;
  return product;
}
