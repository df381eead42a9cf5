import { at } from './at.ts';
import type { PoolingShape } from './average-pooling.ts';

/** y[k, r, c] = the largest x[k, r·size + u, c·size + v] over u, v < size. */
export function maxPoolingForward(shape: PoolingShape, input: Float64Array): Float64Array {
  return Float64Array.from(windows(shape), (window) => Math.max(...window.map((index) => at(input, index))));
}

/** The whole gradient goes to the first of the largest elements, row by row. */
export function maxPoolingBackward(
  shape: PoolingShape,
  input: Float64Array,
  outputGradient: Float64Array,
): Float64Array {
  const inputGradient = new Float64Array(input.length);
  for (const [output, window] of windows(shape).entries()) {
    const largest = Math.max(...window.map((index) => at(input, index)));
    const chosen = window.find((index) => at(input, index) === largest) as number;
    inputGradient[chosen] = at(outputGradient, output);
  }
  return inputGradient;
}

/** For each element of the output, its window's elements in the input, row by row. */
function windows({ channels, height, width, size }: PoolingShape): number[][] {
  const all: number[][] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row += size) {
      for (let column = 0; column < width; column += size) {
        const window: number[] = [];
        for (let u = 0; u < size; u++) {
          for (let v = 0; v < size; v++) window.push((channel * height + row + u) * width + column + v);
        }
        all.push(window);
      }
    }
  }
  return all;
}
