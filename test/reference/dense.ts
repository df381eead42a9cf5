import { at } from './at.ts';

/**
 * y[o] = bias[o] + Σ_i weight[o, i] · x[i].
 * @param input float64[inputs]
 * @param weight float64[outputs, inputs]
 * @param bias float64[outputs]
 */
export function denseForward(input: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array {
  const output = Float64Array.from(bias);
  for (let o = 0; o < bias.length; o++) {
    for (let i = 0; i < input.length; i++) {
      output[o] = at(output, o) + at(weight, o * input.length + i) * at(input, i);
    }
  }
  return output;
}

/**
 * ∂weight[o, i] = ∂y[o] · x[i], ∂bias[o] = ∂y[o], ∂x[i] = Σ_o weight[o, i] · ∂y[o].
 * @param outputGradient ∂loss/∂y, float64[outputs]
 */
export function denseBackward(
  input: Float64Array,
  weight: Float64Array,
  outputGradient: Float64Array,
): { input: Float64Array; weight: Float64Array; bias: Float64Array } {
  const inputGradient = new Float64Array(input.length);
  const weightGradient = new Float64Array(weight.length);
  for (let o = 0; o < outputGradient.length; o++) {
    for (let i = 0; i < input.length; i++) {
      const index = o * input.length + i;
      weightGradient[index] = at(outputGradient, o) * at(input, i);
      inputGradient[i] = at(inputGradient, i) + at(weight, index) * at(outputGradient, o);
    }
  }
  return { input: inputGradient, weight: weightGradient, bias: Float64Array.from(outputGradient) };
}
