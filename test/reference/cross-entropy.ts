import { at } from './at.ts';

/**
 * Cross-entropy of softmax(z) against the target t = (1 - s) · [k = label] + s / classes, for one sample:
 * loss = log Σ_k e^z[k] - Σ_k t[k] · z[k] and ∂z[k] = softmax(z)[k] - t[k]. The largest logit is taken off first: that changes
 * neither, and keeps e^z finite.
 * @param logits float64[classes]
 * @param smoothing s, 0 to 1
 * @returns loss in nats, and ∂loss/∂logits
 */
export function softmaxCrossEntropy(
  logits: Float64Array,
  label: number,
  smoothing = 0,
): { loss: number; logitGradient: Float64Array } {
  const largest = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  const target = logits.map((_, index) => smoothing / logits.length + (index === label ? 1 - smoothing : 0));
  const logitGradient = exponentials.map((value, index) => value / sum - at(target, index));
  const expected = target.reduce(
    (total, share, index) => total + (share === 0 ? 0 : share * at(logits, index)),
    0,
  );
  return { loss: Math.log(sum) + largest - expected, logitGradient };
}
