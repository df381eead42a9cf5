import type { LayerOfKind } from '../../../shared/model.ts';
import type { Tensor, Tensor4D, TensorFlow } from '../tensorflow.ts';
import { type DeviceParameters, type Pass, parameterOf } from './pass.ts';
import { sumOverPictures } from './sum-over-pictures.ts';

/**
 * @param input float32[n, height, width, in]
 * @param needsInputGradient false for the layer that sees the pictures: nobody asks how they should change
 */
export function convolve(
  tensorflow: TensorFlow,
  layer: LayerOfKind<'convolution'>,
  parameters: DeviceParameters,
  input: Tensor,
  needsInputGradient: boolean,
): Pass {
  const { parameter: name } = layer;
  const weight = parameterOf(parameters, `${name}.weight`) as Tensor4D;
  const bias = parameterOf(parameters, `${name}.bias`);
  const pictures = input as Tensor4D;
  const pad = padding(layer);
  return {
    output: tensorflow.add(tensorflow.conv2d(pictures, weight, 1, pad), bias),
    backward(outputGradient) {
      const dy = outputGradient as Tensor4D;
      // The operation behind this kernel is not public; the kernel's name and attributes are those of all backends.
      const weightGradient = tensorflow
        .engine()
        .runKernel<Tensor>(
          tensorflow.Conv2DBackpropFilter,
          { x: pictures, dy },
          { strides: [1, 1], pad, dataFormat: 'NHWC', filterShape: weight.shape },
        );
      return {
        ...(needsInputGradient && {
          input: tensorflow.conv2dTranspose(dy, weight, pictures.shape, 1, pad),
        }),
        parameters: {
          [`${name}.weight`]: weightGradient,
          [`${name}.bias`]: sumOverPictures(tensorflow, dy),
        },
      };
    },
  };
}

/** TensorFlow knows paddings by name only. */
function padding({ padding, kernelSize }: LayerOfKind<'convolution'>): 'valid' | 'same' {
  if (padding === 0) return 'valid';
  if (2 * padding === kernelSize - 1) return 'same';
  throw new RangeError(`a padding of ${padding} around a ${kernelSize}×${kernelSize} kernel has no name`);
}
