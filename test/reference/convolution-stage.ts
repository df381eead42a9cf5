import type { ModelOptions } from '../../src/shared/model-options.ts';
import { activationBackward, activationForward } from './activation.ts';
import { at } from './at.ts';
import { averagePoolingBackward, averagePoolingForward, type PoolingShape } from './average-pooling.ts';
import {
  batchNormalizationBackward,
  type ChannelStatistics,
  channelStatistics,
  normalizeSample,
  scaleSample,
} from './batch-normalization.ts';
import { type ConvolutionShape, convolutionBackward, convolutionForward } from './convolution.ts';
import { maxPoolingBackward, maxPoolingForward } from './max-pooling.ts';
import { type Tensors, tensorOf } from './tensors.ts';

type Samples = readonly Float64Array[];

/** Convolution, batch normalization where the model has it, activation, pooling: forward, and then backward. */
export class ConvolutionStage {
  readonly gradients: Record<string, Float64Array> = {};
  readonly #name: string;
  readonly #convolution: ConvolutionShape;
  readonly #pooling: PoolingShape;
  readonly #model: ModelOptions;
  readonly #parameters: Tensors;
  readonly #evaluation: boolean;
  #inputs: Samples = [];
  #statistics: ChannelStatistics | undefined;
  #normalized: Samples = [];
  #activations: Samples = [];

  constructor(
    name: string,
    convolution: ConvolutionShape,
    pooling: PoolingShape,
    model: ModelOptions,
    parameters: Tensors,
    evaluation: boolean,
  ) {
    this.#name = name;
    this.#convolution = convolution;
    this.#pooling = pooling;
    this.#model = model;
    this.#parameters = parameters;
    this.#evaluation = evaluation;
  }

  forward(inputs: Samples): Float64Array[] {
    const weight = this.#parameter('conv', 'weight');
    const bias = this.#parameter('conv', 'bias');
    this.#inputs = inputs;
    let outputs = inputs.map((input) => convolutionForward(this.#convolution, input, weight, bias));
    if (this.#model.batchNorm) outputs = this.#normalize(outputs);
    this.#activations = outputs.map((output) => activationForward(this.#model.activation, output));
    const pool = this.#model.pooling === 'max' ? maxPoolingForward : averagePoolingForward;
    return this.#activations.map((activation) => pool(this.#pooling, activation));
  }

  /** @returns the gradients of the inputs */
  backward(outputGradients: Samples): Float64Array[] {
    const { activation, pooling, batchNorm } = this.#model;
    let gradients = this.#activations.map((output, sample) => {
      const gradient = outputGradients[sample] as Float64Array;
      const unpooled =
        pooling === 'max'
          ? maxPoolingBackward(this.#pooling, output, gradient)
          : averagePoolingBackward(this.#pooling, gradient);
      return activationBackward(activation, output, unpooled);
    });
    if (batchNorm) gradients = this.#normalizeBackward(gradients);
    return this.#inputs.map((input, sample) => {
      const weight = this.#parameter('conv', 'weight');
      const ofSample = convolutionBackward(
        this.#convolution,
        input,
        weight,
        gradients[sample] as Float64Array,
      );
      this.#add('conv', 'weight', ofSample.weight);
      this.#add('conv', 'bias', ofSample.bias);
      return ofSample.input;
    });
  }

  #normalize(outputs: Samples): Float64Array[] {
    const { outputChannels } = this.#convolution;
    const statistics = this.#evaluation
      ? { mean: this.#parameter('bn', 'running_mean'), variance: this.#parameter('bn', 'running_var') }
      : channelStatistics(outputs, outputChannels);
    this.#statistics = statistics;
    this.#normalized = outputs.map((output) => normalizeSample(output, statistics));
    return this.#normalized.map((normalized) =>
      scaleSample(normalized, this.#parameter('bn', 'weight'), this.#parameter('bn', 'bias')),
    );
  }

  #normalizeBackward(outputGradients: Samples): Float64Array[] {
    const statistics = this.#statistics as ChannelStatistics;
    const weight = this.#parameter('bn', 'weight');
    const gradients = batchNormalizationBackward(this.#normalized, statistics, weight, outputGradients);
    this.#add('bn', 'weight', gradients.weight);
    this.#add('bn', 'bias', gradients.bias);
    const samples = this.#inputs.length;
    const count = (samples * (this.#normalized[0] as Float64Array).length) / this.#convolution.outputChannels;
    const { mean, variance } = statistics;
    this.#add(
      'bn',
      'running_mean',
      mean.map((value) => value * samples),
    );
    this.#add(
      'bn',
      'running_var',
      variance.map((value) => (value * samples * count) / (count - 1)),
    );
    return gradients.inputs;
  }

  #parameter(layer: 'conv' | 'bn', tensor: string): Float64Array {
    return tensorOf(this.#parameters, `${layer}${this.#name}.${tensor}`);
  }

  #add(layer: 'conv' | 'bn', tensor: string, gradient: Float64Array): void {
    const name = `${layer}${this.#name}.${tensor}`;
    const sum = this.gradients[name] ?? new Float64Array(gradient.length);
    this.gradients[name] = sum.map((value, index) => value + at(gradient, index));
  }
}
