/**
 * Batch normalization (Ioffe and Szegedy 2015) of a convolution's outputs, over the samples of one block: the statistics of a
 * micro-shard are its own, so that they do not depend on who computes the others.
 *
 * All functions take the outputs as [row][channel][column], one line a value, and work channel by channel. Lanes without a
 * sample count for nothing, and get no gradient.
 */
import { BLOCK_LABELS, LINE } from './scratch-layout.ts';
import { add, mul, sub, sumOfLanes, zero } from './vector.ts';

const EPSILON: f32 = 1e-5;

/** Mean and biased variance of each channel over `samples` samples, and 1 / √(variance + ε): float32[channels] each. */
export function measureChannels(
  values: usize,
  rows: usize,
  channels: usize,
  columns: usize,
  samples: usize,
  statistics: usize,
  scratch: usize,
): void {
  const count = <f32>(samples * rows * columns);
  for (let channel: usize = 0; channel < channels; channel++) {
    const first = values + channel * columns * LINE;
    const rowBytes = channels * columns * LINE;
    const mean = sumOf(first, rowBytes, rows, columns, 0, false, scratch) / count;
    const variance = sumOf(first, rowBytes, rows, columns, mean, true, scratch) / count;
    storeStatistics(statistics + 4 * channel, channels, mean, variance);
  }
}

/** Takes the running statistics for those of the channels: for an evaluation. */
export function recallChannels(
  runningMean: usize,
  runningVariance: usize,
  channels: usize,
  statistics: usize,
): void {
  for (let channel: usize = 0; channel < channels; channel++) {
    const mean = load<f32>(runningMean + 4 * channel);
    const variance = load<f32>(runningVariance + 4 * channel);
    storeStatistics(statistics + 4 * channel, channels, mean, variance);
  }
}

@inline
function storeStatistics(at: usize, channels: usize, mean: f32, variance: f32): void {
  store<f32>(at, mean);
  store<f32>(at + 4 * channels, variance);
  store<f32>(at + 8 * channels, 1 / sqrt<f32>(variance + EPSILON));
}

/** Σ x, or Σ (x - mean)², over a channel's values of real samples; row by row, to lose little to rounding. */
function sumOf(
  line: usize,
  rowBytes: usize,
  rows: usize,
  columns: usize,
  mean: f32,
  squared: bool,
  scratch: usize,
): f32 {
  const means = f32x4.splat(mean);
  let total = zero();
  for (let row: usize = 0; row < rows; row++) {
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      let sum = zero();
      for (let column: usize = 0; column < columns; column++) {
        const deviation = sub(v128.load(line + column * LINE + lane), means);
        sum = add(sum, squared ? mul(deviation, deviation) : deviation);
      }
      total = add(total, v128.and(sum, hasSample(lane, scratch)));
    }
    line += rowBytes;
  }
  return sumOfLanes(total);
}

@inline
function hasSample(lane: usize, scratch: usize): v128 {
  return i32x4.ge_s(v128.load(scratch + BLOCK_LABELS + lane), zero());
}

/**
 * From outputs to pre-activations, in place: (weight · x̂ + bias) · `scale`; x̂ = (x - mean) / √(variance + ε) is kept.
 * @param weight float32[channels]; the bias likewise
 */
export function normalize(
  values: usize,
  rows: usize,
  channels: usize,
  columns: usize,
  statistics: usize,
  weight: usize,
  bias: usize,
  scale: f32,
  normalized: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    for (let channel: usize = 0; channel < channels; channel++) {
      const mean = v128.load_splat<f32>(statistics + 4 * channel);
      const factor = v128.load_splat<f32>(statistics + 4 * (2 * channels + channel));
      const weights = f32x4.splat(scale * load<f32>(weight + 4 * channel));
      const biases = f32x4.splat(scale * load<f32>(bias + 4 * channel));
      const end = values + columns * LINE;
      while (values < end) {
        const x = mul(sub(v128.load(values), mean), factor);
        v128.store(normalized, x);
        v128.store(values, add(mul(weights, x), biases));
        values += 16;
        normalized += 16;
      }
    }
  }
}

/**
 * From the gradients of pre-activations to those of the outputs, in place; and the sums of the gradients of weight and bias.
 * With g the gradients of a channel and n their number: weight · factor · (g - Σ g / n - x̂ · Σ (g · x̂) / n).
 */
export function normalizeBackward(
  gradients: usize,
  normalized: usize,
  rows: usize,
  channels: usize,
  columns: usize,
  samples: usize,
  statistics: usize,
  weight: usize,
  weightGradient: usize,
  biasGradient: usize,
  scratch: usize,
): void {
  const count = <f32>(samples * rows * columns);
  const rowBytes = channels * columns * LINE;
  for (let channel: usize = 0; channel < channels; channel++) {
    const first = channel * columns * LINE;
    let ofBias = zero();
    let ofWeight = zero();
    for (let row: usize = 0; row < rows; row++) {
      let gradientSum = zero();
      let productSum = zero();
      for (let byte: usize = 0; byte < columns * LINE; byte += 16) {
        const at = first + row * rowBytes + byte;
        const gradient = v128.load(gradients + at);
        gradientSum = add(gradientSum, gradient);
        productSum = add(productSum, mul(gradient, v128.load(normalized + at)));
      }
      ofBias = add(ofBias, gradientSum);
      ofWeight = add(ofWeight, productSum);
    }
    const biasSum = sumOfLanes(ofBias);
    const weightSum = sumOfLanes(ofWeight);
    store<f32>(biasGradient + 4 * channel, biasSum);
    store<f32>(weightGradient + 4 * channel, weightSum);

    const factor = load<f32>(statistics + 4 * (2 * channels + channel));
    const factors = f32x4.splat(load<f32>(weight + 4 * channel) * factor);
    const meanGradient = f32x4.splat(biasSum / count);
    const meanProduct = f32x4.splat(weightSum / count);
    for (let row: usize = 0; row < rows; row++) {
      for (let column: usize = 0; column < columns; column++) {
        for (let lane: usize = 0; lane < LINE; lane += 16) {
          const at = first + row * rowBytes + column * LINE + lane;
          const centred = sub(v128.load(gradients + at), meanGradient);
          const rest = sub(centred, mul(v128.load(normalized + at), meanProduct));
          v128.store(gradients + at, v128.and(mul(factors, rest), hasSample(lane, scratch)));
        }
      }
    }
  }
}

/**
 * What the running statistics are to be fed with, as a sum over the samples like every gradient: mean and unbiased variance,
 * times `samples`.
 */
export function storeRunningSums(
  statistics: usize,
  channels: usize,
  valuesPerSample: usize,
  samples: usize,
  meanSums: usize,
  varianceSums: usize,
): void {
  const count = <f32>(samples * valuesPerSample);
  const unbiased = count / (count - 1);
  for (let channel: usize = 0; channel < channels; channel++) {
    const at = statistics + 4 * channel;
    store<f32>(meanSums + 4 * channel, load<f32>(at) * <f32>samples);
    store<f32>(varianceSums + 4 * channel, load<f32>(at + 4 * channels) * unbiased * <f32>samples);
  }
}
