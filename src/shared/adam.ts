/** Adam's constants (Kingma and Ba 2015, algorithm 1; PyTorch's defaults). */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Share of a batch's statistics in the running ones (PyTorch's default). */
export const statisticsMomentum = 0.1;

/** Float32 values of one step in the shared schedule. */
export const scheduleFields = 3;

/**
 * Writes what Adam wants of each step of an epoch: learning rate / (1 - β1^t), √(1 - β2^t), and the factor 1 - learning
 * rate · weight decay, for t = firstStep + 1 on.
 * Powers are repeated products: `Math.pow` may round differently from one JavaScript engine to the next.
 * @param firstStep optimizer steps taken before the epoch
 * @param learningRates one for each step of the epoch
 * @param weightDecay as in AdamW (Loshchilov and Hutter 2019); 0 is plain Adam
 * @param target float32[learningRates.length][scheduleFields]
 */
export function writeAdamSchedule(
  firstStep: number,
  learningRates: readonly number[],
  weightDecay: number,
  target: Float32Array,
): void {
  let beta1Power = 1;
  let beta2Power = 1;
  for (let step = 0; step < firstStep; step++) {
    beta1Power *= adam.beta1;
    beta2Power *= adam.beta2;
  }
  for (const [step, learningRate] of learningRates.entries()) {
    beta1Power *= adam.beta1;
    beta2Power *= adam.beta2;
    target[step * scheduleFields] = learningRate / (1 - beta1Power);
    target[step * scheduleFields + 1] = Math.sqrt(1 - beta2Power);
    target[step * scheduleFields + 2] = 1 - learningRate * weightDecay;
  }
}
