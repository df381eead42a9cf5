import { at } from './at.ts';

/**
 * loss = log Σ_k e^z[k] - z[label] and ∂z[k] = softmax(z)[k] - [k = label], for one sample. The largest logit is taken
 * off first: that changes neither, and keeps e^z finite.
 * @param logits float64[classes]
 * @returns loss in nats, and ∂loss/∂logits
 */
export function softmaxCrossEntropy(
  logits: Float64Array,
  label: number,
): { loss: number; logitGradient: Float64Array } {
  const largest = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  const logitGradient = exponentials.map((value, index) => value / sum - (index === label ? 1 : 0));
  return { loss: Math.log(sum) + largest - at(logits, label), logitGradient };
}
