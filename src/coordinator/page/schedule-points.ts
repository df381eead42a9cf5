import type { Config } from '../../shared/config.ts';
import { learningRate } from '../../shared/learning-rate.ts';
import type { LearningRatePoint } from '../../shared/run-view.ts';

/** Of all epochs together, roughly; but two of each epoch that is shown, between which a rate may fall. */
const pointLimit = 400;
const mostOfAnEpoch = 40;

/**
 * The learning rate over the epochs, thinned.
 * @param validationLosses of all finished epochs: what lies behind them, the schedule `plateau` does not know yet
 * @returns nothing where the rate is always the same
 */
export function schedulePoints(
  config: Config,
  stepsPerEpoch: number,
  validationLosses: readonly number[],
): LearningRatePoint[] {
  if (config.schedule === 'constant' && config.warmupEpochs === 0) return [];
  const epochs =
    config.schedule === 'plateau' ? Math.min(config.epochs, validationLosses.length + 1) : config.epochs;
  const stride = Math.ceil((2 * epochs) / pointLimit);
  const perEpoch = Math.min(mostOfAnEpoch, stepsPerEpoch, Math.max(2, Math.floor(pointLimit / epochs)));
  const points: LearningRatePoint[] = [];
  for (let epoch = 1; epoch <= epochs; epoch += stride) {
    const losses = validationLosses.slice(0, epoch - 1);
    for (let point = 0; point < perEpoch; point++) {
      const step = Math.round((point * (stepsPerEpoch - 1)) / Math.max(1, perEpoch - 1));
      points.push({
        epochs: epoch - 1 + (step + 1) / stepsPerEpoch,
        rate: learningRate(config, epoch, step, stepsPerEpoch, losses),
      });
    }
  }
  return points;
}
