/** Byte offsets of the tensors in the flat parameter vector (PyTorch's state_dict order); the gradient has the same order. */
export const CONV1_WEIGHT: usize = 0;
export const CONV1_BIAS: usize = CONV1_WEIGHT + 6 * 25 * 4;
export const CONV2_WEIGHT: usize = CONV1_BIAS + 6 * 4;
export const CONV2_BIAS: usize = CONV2_WEIGHT + 16 * 6 * 25 * 4;
export const F5_WEIGHT: usize = CONV2_BIAS + 16 * 4;
export const F5_BIAS: usize = F5_WEIGHT + 120 * 400 * 4;
export const F6_WEIGHT: usize = F5_BIAS + 120 * 4;
export const F6_BIAS: usize = F6_WEIGHT + 84 * 120 * 4;
export const F7_WEIGHT: usize = F6_BIAS + 84 * 4;
export const F7_BIAS: usize = F7_WEIGHT + 10 * 84 * 4;
