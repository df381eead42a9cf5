import { at } from './at.ts';

/** Batch normalization (Ioffe and Szegedy 2015) with ε = 1e-5. Of each sample float64[channels, area]. */
const epsilon = 1e-5;

export interface ChannelStatistics {
  mean: Float64Array;
  /** Biased. */
  variance: Float64Array;
}

/** Over all samples and the area. */
export function channelStatistics(samples: readonly Float64Array[], channels: number): ChannelStatistics {
  const values = Array.from({ length: channels }, (_, channel) =>
    samples.flatMap((sample) => [...channelOf(sample, channel, channels)]),
  );
  const mean = Float64Array.from(values, meanOf);
  const variance = Float64Array.from(values, (each, channel) =>
    meanOf(each.map((value) => (value - at(mean, channel)) ** 2)),
  );
  return { mean, variance };
}

/** x̂ = (x - mean) / √(variance + ε). */
export function normalizeSample(sample: Float64Array, { mean, variance }: ChannelStatistics): Float64Array {
  const area = sample.length / mean.length;
  return sample.map((x, index) => {
    const channel = Math.floor(index / area);
    return (x - at(mean, channel)) / Math.sqrt(at(variance, channel) + epsilon);
  });
}

/** y = weight · x̂ + bias. */
export function scaleSample(
  normalized: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
): Float64Array {
  const area = normalized.length / weight.length;
  return normalized.map((x, index) => {
    const channel = Math.floor(index / area);
    return at(weight, channel) * x + at(bias, channel);
  });
}

/** Gradients of weight, bias and inputs, where the statistics are the samples' own. */
export function batchNormalizationBackward(
  normalized: readonly Float64Array[],
  { variance }: ChannelStatistics,
  weight: Float64Array,
  outputGradients: readonly Float64Array[],
): { weight: Float64Array; bias: Float64Array; inputs: Float64Array[] } {
  const channels = weight.length;
  const sumOver = (figure: (sample: number, index: number) => number) =>
    Float64Array.from({ length: channels }, (_, channel) => {
      let sum = 0;
      for (const [sample, values] of normalized.entries()) {
        const area = values.length / channels;
        for (let index = channel * area; index < (channel + 1) * area; index++) sum += figure(sample, index);
      }
      return sum;
    });
  const gradientAt = (sample: number, index: number) => at(outputGradients[sample] as Float64Array, index);
  const bias = sumOver(gradientAt);
  const ofWeight = sumOver(
    (sample, index) => gradientAt(sample, index) * at(normalized[sample] as Float64Array, index),
  );
  const inputs = normalized.map((values, sample) => {
    const area = values.length / channels;
    const count = area * normalized.length;
    return values.map((x, index) => {
      const channel = Math.floor(index / area);
      const factor = at(weight, channel) / Math.sqrt(at(variance, channel) + epsilon);
      return (
        factor * (gradientAt(sample, index) - at(bias, channel) / count - (x * at(ofWeight, channel)) / count)
      );
    });
  });
  return { weight: ofWeight, bias, inputs };
}

function channelOf(sample: Float64Array, channel: number, channels: number): Float64Array {
  const area = sample.length / channels;
  return sample.subarray(channel * area, (channel + 1) * area);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
