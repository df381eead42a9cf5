import type { LayerOfKind } from '../../../shared/model.ts';
import type { Tensor, Tensor4D, TensorFlow } from '../tensorflow.ts';
import type { Pass } from './pass.ts';

/** @param input float32[n, height, width, channels]; the size of the windows divides height and width */
export function pool(tensorflow: TensorFlow, layer: LayerOfKind<'pooling'>, input: Tensor): Pass {
  const { pooling, size } = layer;
  const pictures = input as Tensor4D;
  switch (pooling) {
    case 'average':
      return {
        output: tensorflow.avgPool(pictures, size, size, 'valid'),
        backward: (outputGradient) => ({
          input: unpoolAverage(tensorflow, size, pictures, outputGradient),
        }),
      };
    case 'max': {
      const output = tensorflow.maxPool(pictures, size, size, 'valid');
      return {
        output,
        backward: (outputGradient) => ({
          input: unpoolMaximum(tensorflow, size, pictures, output, outputGradient),
        }),
      };
    }
    default:
      return pooling satisfies never;
  }
}

function unpoolAverage(
  tensorflow: TensorFlow,
  size: number,
  input: Tensor4D,
  outputGradient: Tensor,
): Tensor {
  return tensorflow
    .engine()
    .runKernel(
      tensorflow.AvgPoolGrad,
      { dy: outputGradient, input },
      { filterSize: [size, size], strides: [size, size], pad: 'valid' },
    );
}

/**
 * The whole gradient goes to the first of a window's largest values, row by row. Not by the kernel `MaxPoolGrad`: of several
 * largest values the one for WebGPU takes the last, the others the first.
 */
function unpoolMaximum(
  tensorflow: TensorFlow,
  size: number,
  input: Tensor4D,
  output: Tensor4D,
  outputGradient: Tensor,
): Tensor {
  const { concat, equal, reshape, slice, sub, where, zerosLike } = tensorflow;
  const [samples, rows, columns, channels] = output.shape;
  // A window's columns lie side by side with the channels, so its elements can be sliced out.
  const windows = reshape(input, [samples * rows, size, columns, size * channels]);
  const elementShape: [number, number, number, number] = [samples * rows, 1, columns, channels];
  const largest = reshape(output, elementShape);
  let rest: Tensor = reshape(outputGradient, elementShape);
  const nothing = zerosLike(rest);
  const gradientRows: Tensor[] = [];
  for (let row = 0; row < size; row++) {
    const gradients: Tensor[] = [];
    for (let column = 0; column < size; column++) {
      const element = slice(windows, [0, row, 0, column * channels], elementShape);
      const gradient = where(equal(element, largest), rest, nothing);
      gradients.push(gradient);
      // All of it, or what there was: nothing is rounded.
      rest = sub(rest, gradient);
    }
    gradientRows.push(concat(gradients, 3));
  }
  return reshape(concat(gradientRows, 1), input.shape);
}
