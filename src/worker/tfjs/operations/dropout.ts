import type { Tensor, TensorFlow } from '../tensorflow.ts';
import type { Pass } from './pass.ts';

/**
 * Drops features of a dense layer.
 * @param kept float32[n, features]: 0, or what a feature that is kept is scaled up by
 */
export function drop({ mul }: TensorFlow, kept: Tensor, input: Tensor): Pass {
  return {
    output: mul(input, kept),
    backward: (outputGradient) => ({ input: mul(outputGradient, kept) }),
  };
}
