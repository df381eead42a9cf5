import type { Activation } from '../../src/shared/model-options.ts';
import { at } from './at.ts';

/** y = 1 / (1 + e^-x), tanh x, or max(x, 0), element by element. */
export function activationForward(activation: Activation, input: Float64Array): Float64Array {
  switch (activation) {
    case 'sigmoid':
      return input.map((x) => 1 / (1 + Math.exp(-x)));
    case 'tanh':
      return input.map(Math.tanh);
    case 'relu':
      return input.map((x) => Math.max(x, 0));
    default:
      return activation satisfies never;
  }
}

/**
 * ∂x = y · (1 - y) · ∂y, (1 - y²) · ∂y, or ∂y where y > 0, element by element.
 * @param output what `activationForward` returned
 * @param outputGradient ∂loss/∂y, of the same length
 */
export function activationBackward(
  activation: Activation,
  output: Float64Array,
  outputGradient: Float64Array,
): Float64Array {
  const slope = { sigmoid: (y: number) => y * (1 - y), tanh: (y: number) => 1 - y * y, relu: Math.sign };
  return output.map((y, index) => slope[activation](y) * at(outputGradient, index));
}
