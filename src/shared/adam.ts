/** Adam's constants (Kingma and Ba 2015, algorithm 1; PyTorch's defaults). */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Share of a batch's statistics in the running ones (PyTorch's default). */
export const statisticsMomentum = 0.1;

/** Float32 values of one step in the shared schedule: see `writeAdamSchedule`. */
export const schedule = { fields: 4, stepSize: 0, rootBiasCorrection2: 1, decay: 2, emaDecay: 3 } as const;

/**
 * Writes what the update wants of each step of an epoch, for t = firstStep + 1 on: learning rate / (1 - β1^t), √(1 - β2^t), the
 * factor 1 - learning rate · weight decay, and the decay of the moving average, which begins with less weight on the initial
 * values: min(decay, (1 + t) / (10 + t)), as in TensorFlow's ExponentialMovingAverage. Powers are repeated products: `Math.pow`
 * may round differently from one JavaScript engine to the next.
 * @param firstStep optimizer steps taken before the epoch
 * @param learningRates one for each step of the epoch
 * @param options.weightDecay as in AdamW (Loshchilov and Hutter 2019); 0 is plain Adam
 * @param target float32[learningRates.length][schedule.fields]
 */
export function writeAdamSchedule(
  firstStep: number,
  learningRates: readonly number[],
  options: { weightDecay: number; emaDecay?: number | undefined },
  target: Float32Array,
): void {
  const { weightDecay, emaDecay = 0 } = options;
  let beta1Power = 1;
  let beta2Power = 1;
  for (let step = 0; step < firstStep; step++) {
    beta1Power *= adam.beta1;
    beta2Power *= adam.beta2;
  }
  for (const [step, learningRate] of learningRates.entries()) {
    beta1Power *= adam.beta1;
    beta2Power *= adam.beta2;
    const steps = firstStep + step + 1;
    const at = step * schedule.fields;
    target[at + schedule.stepSize] = learningRate / (1 - beta1Power);
    target[at + schedule.rootBiasCorrection2] = Math.sqrt(1 - beta2Power);
    target[at + schedule.decay] = 1 - learningRate * weightDecay;
    target[at + schedule.emaDecay] = Math.min(emaDecay, (1 + steps) / (10 + steps));
  }
}
