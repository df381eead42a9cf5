import type { Layer } from '../../../shared/model.ts';
import type { Tensor, Tensor4D, TensorFlow } from '../tensorflow.ts';
import type { LayerGradients, WeightAndBias } from './layer-gradients.ts';

type ConvolutionLayer = Extract<Layer, { kind: 'convolution' }>;

/** @param input float32[n, height, width, in] */
export function convolve(
  tensorflow: TensorFlow,
  layer: ConvolutionLayer,
  { weight, bias }: WeightAndBias,
  input: Tensor,
): Tensor {
  return tensorflow.add(tensorflow.conv2d(input as Tensor4D, weight as Tensor4D, 1, padding(layer)), bias);
}

/**
 * @param needsInputGradient false for the layer that sees the pictures: nobody asks how they should change
 */
export function convolutionGradients(
  tensorflow: TensorFlow,
  layer: ConvolutionLayer,
  { weight }: WeightAndBias,
  input: Tensor,
  outputGradient: Tensor,
  needsInputGradient: boolean,
): LayerGradients {
  const dy = outputGradient as Tensor4D;
  // The operation behind this kernel is not public; the kernel's name and attributes are those of all backends.
  const weightGradient = tensorflow
    .engine()
    .runKernel<Tensor>(
      tensorflow.Conv2DBackpropFilter,
      { x: input, dy },
      { strides: [1, 1], pad: padding(layer), dataFormat: 'NHWC', filterShape: weight.shape },
    );
  return {
    weight: weightGradient,
    bias: tensorflow.sum(dy, [0, 1, 2]),
    ...(needsInputGradient && {
      input: tensorflow.conv2dTranspose(dy, weight as Tensor4D, (input as Tensor4D).shape, 1, padding(layer)),
    }),
  };
}

/** TensorFlow knows paddings by name only. */
function padding({ padding, kernelSize }: ConvolutionLayer): 'valid' | 'same' {
  if (padding === 0) return 'valid';
  if (2 * padding === kernelSize - 1) return 'same';
  throw new RangeError(`a padding of ${padding} around a ${kernelSize}×${kernelSize} kernel has no name`);
}
