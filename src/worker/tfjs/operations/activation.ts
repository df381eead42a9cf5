import type { Activation } from '../../../shared/model-options.ts';
import type { Tensor, TensorFlow } from '../tensorflow.ts';
import type { Pass } from './pass.ts';

/** Applies an activation, element by element. */
export function activate(tensorflow: TensorFlow, activation: Activation, input: Tensor): Pass {
  const { mul, sub, scalar } = tensorflow;
  switch (activation) {
    case 'sigmoid': {
      const output = tensorflow.sigmoid(input);
      return withSlope(tensorflow, output, () => mul(output, sub(scalar(1), output)));
    }
    case 'tanh': {
      const output = tensorflow.tanh(input);
      return withSlope(tensorflow, output, () => sub(scalar(1), mul(output, output)));
    }
    case 'relu': {
      const output = tensorflow.relu(input);
      // 1 above zero, and 0 at it.
      return withSlope(tensorflow, output, () => tensorflow.step(output));
    }
    default:
      return activation satisfies never;
  }
}

function withSlope({ mul }: TensorFlow, output: Tensor, slope: () => Tensor): Pass {
  return { output, backward: (outputGradient) => ({ input: mul(outputGradient, slope()) }) };
}
