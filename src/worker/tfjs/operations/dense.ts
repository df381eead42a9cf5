import type { Tensor, Tensor2D, TensorFlow } from '../tensorflow.ts';
import { type DeviceParameters, type Pass, parameterOf } from './pass.ts';

/**
 * @param name prefix of the layer's parameters
 * @param input float32[n, …], flattened to [n, in]
 */
export function dense(
  tensorflow: TensorFlow,
  name: string,
  parameters: DeviceParameters,
  input: Tensor,
): Pass {
  const { add, matMul, reshape, sum } = tensorflow;
  const weight = parameterOf(parameters, `${name}.weight`);
  const features: Tensor2D = reshape(input, [-1, weight.shape[0] as number]);
  return {
    output: add(matMul(features, weight), parameterOf(parameters, `${name}.bias`)),
    backward: (outputGradient) => ({
      input: reshape(matMul(outputGradient, weight, false, true), input.shape),
      parameters: {
        [`${name}.weight`]: matMul(features, outputGradient, true, false),
        [`${name}.bias`]: sum(outputGradient, 0),
      },
    }),
  };
}
