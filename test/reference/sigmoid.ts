import { at } from './at.ts';

/** y = 1 / (1 + e^-x), element by element. */
export function sigmoidForward(input: Float64Array): Float64Array {
  return input.map((x) => 1 / (1 + Math.exp(-x)));
}

/**
 * ∂x = y · (1 - y) · ∂y, element by element.
 * @param output what `sigmoidForward` returned
 * @param outputGradient ∂loss/∂y, of the same length
 */
export function sigmoidBackward(output: Float64Array, outputGradient: Float64Array): Float64Array {
  return output.map((y, index) => y * (1 - y) * at(outputGradient, index));
}
