import { classCount } from '../../../shared/model.ts';
import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from '../tensorflow.ts';

/** Cross-entropy of the softmax. */
export interface CrossEntropy {
  /** float32[n], nats. */
  losses: Tensor1D;
  /** The gradient of the sum of the losses: softmax(logits) - targets. */
  logitGradient(): Tensor;
}

/**
 * @param logits float32[n, 10]
 * @param targets float32[n, 10]
 */
export function crossEntropy(tensorflow: TensorFlow, logits: Tensor2D, targets: Tensor2D): CrossEntropy {
  const { exp, logSoftmax, mul, neg, sub, sum } = tensorflow;
  // Takes the largest logit off before it takes powers: nothing overflows.
  const logProbabilities = logSoftmax(logits);
  return {
    losses: neg(sum<Tensor1D>(mul(logProbabilities, targets), 1)),
    logitGradient: () => sub(exp(logProbabilities), targets),
  };
}

/**
 * What the softmax should be.
 * @param labels uint8[n]
 * @param smoothing share of the target that is spread over all classes (Szegedy et al. 2016), 0 to 1
 * @returns float32[n, 10]
 */
export function targetProbabilities(labels: Uint8Array, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * classCount).fill(smoothing / classCount);
  for (const [sample, label] of labels.entries()) {
    targets[sample * classCount + label] = 1 - smoothing + smoothing / classCount;
  }
  return targets;
}
