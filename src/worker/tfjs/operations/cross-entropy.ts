import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from '../tensorflow.ts';

/** Cross-entropy of the softmax, and what its gradient needs. */
export interface CrossEntropy {
  /** float32[n], nats. */
  losses: Tensor1D;
  logProbabilities: Tensor;
}

/**
 * @param logits float32[n, 10]
 * @param classes float32[n, 10], 1 at each sample's label and 0 elsewhere
 */
export function crossEntropy(tensorflow: TensorFlow, logits: Tensor2D, classes: Tensor2D): CrossEntropy {
  // Takes the largest logit off before it takes powers: nothing overflows.
  const logProbabilities = tensorflow.logSoftmax(logits);
  const ofLabels = tensorflow.sum<Tensor1D>(tensorflow.mul(logProbabilities, classes), 1);
  return { losses: tensorflow.neg(ofLabels), logProbabilities };
}

/** The gradient of the sum of the losses: softmax(logits) - classes. */
export function logitGradient(
  tensorflow: TensorFlow,
  { logProbabilities }: CrossEntropy,
  classes: Tensor2D,
): Tensor {
  return tensorflow.sub(tensorflow.exp(logProbabilities), classes);
}
