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

/** With batch normalization, behind them: its weights and biases, and from the next multiple of 16 elements on its running statistics. */
export const BN1_WEIGHT: usize = F7_BIAS + 10 * 4;
export const BN1_BIAS: usize = BN1_WEIGHT + 6 * 4;
export const BN2_WEIGHT: usize = BN1_BIAS + 6 * 4;
export const BN2_BIAS: usize = BN2_WEIGHT + 16 * 4;
export const BN1_RUNNING_MEAN: usize = (BN2_BIAS + 16 * 4 + 63) & ~63;
export const BN1_RUNNING_VARIANCE: usize = BN1_RUNNING_MEAN + 6 * 4;
export const BN2_RUNNING_MEAN: usize = BN1_RUNNING_VARIANCE + 6 * 4;
export const BN2_RUNNING_VARIANCE: usize = BN2_RUNNING_MEAN + 16 * 4;
