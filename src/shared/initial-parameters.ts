import { parameterCount, parameterTensors } from './parameters.ts';
import { purposes, RandomStream } from './random.ts';

/**
 * Draws the parameters that a run starts from: weights and biases uniform in [-1/√fanIn, 1/√fanIn), which is PyTorch's
 * default for convolutions and dense layers (He et al. 2015 with a = √5). The values differ from PyTorch's for the same
 * seed: each is a function of (seed, tensor, element) alone.
 * @param seed integer, 0 to 2^53 - 1
 * @returns float32[parameterCount], state_dict order
 */
export function initialParameters(seed: number): Float32Array {
  const parameters = new Float32Array(parameterCount);
  for (const [index, tensor] of parameterTensors.entries()) {
    const random = new RandomStream(seed, purposes.initialValues, index);
    const bound = 1 / Math.sqrt(tensor.fanIn);
    for (let element = 0; element < tensor.length; element++) {
      parameters[tensor.offset + element] = bound * (2 * random.uniform(element) - 1);
    }
  }
  return parameters;
}
