import type { Layer } from '../../../shared/model.ts';
import type { Tensor, TensorFlow } from '../tensorflow.ts';

type Activation = Layer['activation'];

/** Applies a layer's activation, element by element. */
export function activate(tensorflow: TensorFlow, activation: Activation, input: Tensor): Tensor {
  switch (activation) {
    case 'sigmoid':
      return tensorflow.sigmoid(input);
    case 'none':
      return input;
    default:
      return activation satisfies never;
  }
}

/**
 * The gradient of the activation's input.
 * @param output what `activate` returned
 * @param outputGradient of the same shape
 */
export function activationGradient(
  tensorflow: TensorFlow,
  activation: Activation,
  output: Tensor,
  outputGradient: Tensor,
): Tensor {
  const { mul, sub, scalar } = tensorflow;
  switch (activation) {
    case 'sigmoid':
      return mul(outputGradient, mul(output, sub(scalar(1), output)));
    case 'none':
      return outputGradient;
    default:
      return activation satisfies never;
  }
}
