import type { Tensor } from '../tensorflow.ts';

/** A layer's parameters on the device, in the shapes of `deviceTensors`. */
export interface WeightAndBias {
  weight: Tensor;
  bias: Tensor;
}

/** Gradients of the sum of the samples' losses. */
export interface LayerGradients extends WeightAndBias {
  /** Absent where nobody asks for it. */
  input?: Tensor;
}
