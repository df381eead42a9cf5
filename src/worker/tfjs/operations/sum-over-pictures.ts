import type { Tensor, TensorFlow } from '../tensorflow.ts';

/**
 * The sum of each channel over all pixels of all samples. Along rows first, then columns, then samples: TensorFlow adds the values of one
 * reduction one after another, and thousands of them would lose a hundred times as much to rounding.
 * @param values float32[n, height, width, channels]
 * @returns float32[channels]
 */
export function sumOverPictures({ sum }: TensorFlow, values: Tensor): Tensor {
  return sum(sum(sum(values, 2), 1), 0);
}
