import { at } from './at.ts';

/** Pooling over windows of `size` × `size` with stride `size`; height and width are the input's, multiples of `size`. */
export interface PoolingShape {
  channels: number;
  height: number;
  width: number;
  size: number;
}

/**
 * y[k, r, c] = the mean of x[k, r·size + u, c·size + v] over u, v < size.
 * @param input float64[channels, height, width]
 * @returns float64[channels, height / size, width / size]
 */
export function averagePoolingForward(shape: PoolingShape, input: Float64Array): Float64Array {
  const output = new Float64Array(input.length / shape.size ** 2);
  for (let index = 0; index < input.length; index++) {
    const window = windowOf(shape, index);
    output[window] = at(output, window) + at(input, index) / shape.size ** 2;
  }
  return output;
}

/**
 * ∂x = ∂y / size²: every element of a window has the same share in its mean.
 * @param outputGradient float64[channels, height / size, width / size]
 * @returns float64[channels, height, width]
 */
export function averagePoolingBackward(shape: PoolingShape, outputGradient: Float64Array): Float64Array {
  const inputGradient = new Float64Array(shape.channels * shape.height * shape.width);
  for (let index = 0; index < inputGradient.length; index++) {
    inputGradient[index] = at(outputGradient, windowOf(shape, index)) / shape.size ** 2;
  }
  return inputGradient;
}

/** Index in the output of the window that holds input element `index`. */
function windowOf({ height, width, size }: PoolingShape, index: number): number {
  const channel = Math.floor(index / (height * width));
  const row = Math.floor(index / width) % height;
  const column = index % width;
  return (channel * (height / size) + Math.floor(row / size)) * (width / size) + Math.floor(column / size);
}
