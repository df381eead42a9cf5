import { batchNormEpsilon } from '../../../shared/model.ts';
import type { Tensor, TensorFlow } from '../tensorflow.ts';
import { type DeviceParameters, type Pass, parameterOf } from './pass.ts';
import { sumOverPictures } from './sum-over-pictures.ts';

/**
 * Batch normalization (Ioffe and Szegedy 2015) by the statistics of the batch itself: weight · x̂ + bias with x̂ =
 * (x - mean) / √(variance + ε), channel by channel. In place of gradients, the running statistics get mean and unbiased
 * variance times the number of samples.
 * @param name prefix of the layer's parameters
 * @param input float32[n, height, width, channels]
 */
export function normalizeByBatch(
  tensorflow: TensorFlow,
  name: string,
  parameters: DeviceParameters,
  input: Tensor,
): Pass {
  const { add, div, mul, scalar, sub } = tensorflow;
  const weight = parameterOf(parameters, `${name}.weight`);
  const samples = input.shape[0] as number;
  const count = samples * (input.shape[1] as number) * (input.shape[2] as number);

  const meanOf = (values: Tensor) => div(sumOverPictures(tensorflow, values), scalar(count));
  const means = meanOf(input);
  const centred = sub(input, means);
  const variances = meanOf(mul(centred, centred));
  const factors = reciprocalDeviations(tensorflow, variances);
  const normalized = mul(centred, factors);
  return {
    output: add(mul(normalized, weight), parameterOf(parameters, `${name}.bias`)),
    backward(outputGradient) {
      const ofBias = sumOverPictures(tensorflow, outputGradient);
      const ofWeight = sumOverPictures(tensorflow, mul(outputGradient, normalized));
      const meanGradient = div(ofBias, scalar(count));
      const meanProduct = div(ofWeight, scalar(count));
      const rest = sub(sub(outputGradient, meanGradient), mul(normalized, meanProduct));
      return {
        input: mul(rest, mul(weight, factors)),
        parameters: {
          [`${name}.weight`]: ofWeight,
          [`${name}.bias`]: ofBias,
          [`${name}.running_mean`]: mul(means, scalar(samples)),
          [`${name}.running_var`]: mul(variances, scalar((samples * count) / (count - 1))),
        },
      };
    },
  };
}

/** Batch normalization by the running statistics: in an evaluation, which does not go back. */
export function normalizeByRunningStatistics(
  tensorflow: TensorFlow,
  name: string,
  parameters: DeviceParameters,
  input: Tensor,
): Pass {
  const { add, mul, sub } = tensorflow;
  const own = (tensor: string) => parameterOf(parameters, `${name}.${tensor}`);
  const factors = reciprocalDeviations(tensorflow, own('running_var'));
  const normalized = mul(sub(input, own('running_mean')), factors);
  return {
    output: add(mul(normalized, own('weight')), own('bias')),
    backward() {
      throw new Error('an evaluation has no gradients');
    },
  };
}

function reciprocalDeviations({ add, rsqrt, scalar }: TensorFlow, variances: Tensor): Tensor {
  return rsqrt(add(variances, scalar(batchNormEpsilon)));
}
