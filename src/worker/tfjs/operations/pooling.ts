import type { Layer } from '../../../shared/model.ts';
import type { Tensor, Tensor4D, TensorFlow } from '../tensorflow.ts';

type PoolingLayer = Extract<Layer, { kind: 'average-pooling' }>;

/** @param input float32[n, height, width, channels] */
export function pool(tensorflow: TensorFlow, { size }: PoolingLayer, input: Tensor): Tensor {
  return tensorflow.avgPool(input as Tensor4D, size, size, 'valid');
}

/** The gradient of the pooling's input, of the input's shape. */
export function poolingGradient(
  tensorflow: TensorFlow,
  { size }: PoolingLayer,
  input: Tensor,
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
