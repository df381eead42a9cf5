import type { Tensor, Tensor2D, TensorFlow } from '../tensorflow.ts';
import type { LayerGradients, WeightAndBias } from './layer-gradients.ts';

/** @param input float32[n, …], flattened to [n, in] */
export function dense(tensorflow: TensorFlow, { weight, bias }: WeightAndBias, input: Tensor): Tensor {
  return tensorflow.add(tensorflow.matMul(flatten(tensorflow, input, weight), weight), bias);
}

/** The input's gradient has the input's shape. */
export function denseGradients(
  tensorflow: TensorFlow,
  { weight }: WeightAndBias,
  input: Tensor,
  outputGradient: Tensor,
): LayerGradients {
  const { matMul, reshape, sum } = tensorflow;
  return {
    weight: matMul(flatten(tensorflow, input, weight), outputGradient, true, false),
    bias: sum(outputGradient, 0),
    input: reshape(matMul(outputGradient, weight, false, true), input.shape),
  };
}

function flatten(tensorflow: TensorFlow, input: Tensor, weight: Tensor): Tensor2D {
  return tensorflow.reshape(input, [-1, weight.shape[0] as number]);
}
