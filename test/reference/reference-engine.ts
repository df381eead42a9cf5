import { type ModelOptions, referenceModel } from '../../src/shared/model-options.ts';
import { type ParameterLayout, parameterLayout } from '../../src/shared/parameters.ts';
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
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { denseBackward, denseForward } from './dense.ts';
import { maxPoolingBackward, maxPoolingForward } from './max-pooling.ts';

export interface ReferenceBatch {
  /** [parameterLayout(model).length]. */
  parameters: Float32Array | Float64Array;
  /** uint8[n, 28, 28] grey values. */
  images: Uint8Array;
  /** uint8[n], 0 to 9. */
  labels: Uint8Array;
  /** Sigmoid, average pooling and no batch normalization where nothing is said. */
  model?: ModelOptions;
  /** Share of the target that is spread over all classes. */
  labelSmoothing?: number;
  /** Of each sample, the multipliers of the features of C5 and of F6: 0, or 1 / (1 - dropout). */
  kept?: readonly { c5: Float64Array; f6: Float64Array }[];
  /** Normalizes with the running statistics, as an evaluation does; the gradients are then of no use. */
  evaluation?: boolean;
}

export interface ReferenceResult {
  /** Sum of the samples' cross-entropy in nats. */
  lossSum: number;
  correct: number;
  /** uint8[n]; on equal logits the lowest class. */
  predictions: Uint8Array;
  /**
   * float64[parameterLayout(model).length]: sum of the samples' gradients; in place of the running statistics, mean and
   * unbiased variance of the batch times the number of samples.
   */
  gradientSums: Float64Array;
}

// Written out rather than read from the table in src/shared/model.ts, so that a slip there is seen here.
const c1: ConvolutionShape = {
  inputChannels: 1,
  outputChannels: 6,
  height: 28,
  width: 28,
  kernelSize: 5,
  padding: 2,
};
const s2: PoolingShape = { channels: 6, height: 28, width: 28, size: 2 };
const c3: ConvolutionShape = {
  inputChannels: 6,
  outputChannels: 16,
  height: 14,
  width: 14,
  kernelSize: 5,
  padding: 0,
};
const s4: PoolingShape = { channels: 16, height: 10, width: 10, size: 2 };
const pixels = 28 * 28;

type Samples = readonly Float64Array[];
/** Gradients, or parameters, by PyTorch name. */
type Tensors = Readonly<Record<string, Float64Array>>;

/**
 * LeNet-5 and its variants in float64, layer by layer: what every other engine is held against. It is checked itself by finite
 * differences and against PyTorch.
 */
export function lossAndGradients(batch: ReferenceBatch): ReferenceResult {
  const { images, labels, model = referenceModel, labelSmoothing = 0, evaluation = false } = batch;
  const layout = parameterLayout(model);
  const parameters = splitParameters(Float64Array.from(batch.parameters), layout);
  const inputs = Array.from(labels, (_, sample) =>
    Float64Array.from(images.subarray(sample * pixels, (sample + 1) * pixels), (grey) => grey / 255),
  );
  const first = new ConvolutionStage('1', c1, s2, model, parameters, evaluation);
  const second = new ConvolutionStage('2', c3, s4, model, parameters, evaluation);
  const s4Output = second.forward(first.forward(inputs));
  const samples = s4Output.map((features, sample) =>
    denseLossAndGradients(
      features,
      at(labels, sample),
      model,
      parameters,
      labelSmoothing,
      batch.kept?.[sample],
    ),
  );
  const inputGradients = second.backward(samples.map(({ input }) => input));
  first.backward(inputGradients);

  const predictions = Uint8Array.from(samples, ({ logits }) => logits.indexOf(Math.max(...logits)));
  const gradientSums = new Float64Array(layout.length);
  const sums = splitParameters(gradientSums, layout);
  const all = [...samples.map(({ gradients }) => gradients), first.gradients, second.gradients];
  for (const gradients of all) addTo(sums, gradients);
  return {
    lossSum: samples.reduce((sum, { loss }) => sum + loss, 0),
    correct: predictions.filter((prediction, sample) => prediction === labels[sample]).length,
    predictions,
    gradientSums,
  };
}

/** Convolution, batch normalization where the model has it, activation, pooling: forward, and then backward. */
class ConvolutionStage {
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

/** From S4's features, float64[400], of one sample to its loss, and back. */
function denseLossAndGradients(
  s4Output: Float64Array,
  label: number,
  { activation }: ModelOptions,
  parameters: Tensors,
  labelSmoothing: number,
  kept?: { c5: Float64Array; f6: Float64Array },
): { loss: number; logits: Float64Array; gradients: Tensors; input: Float64Array } {
  const weight = (layer: string) => tensorOf(parameters, `${layer}.weight`);
  const bias = (layer: string) => tensorOf(parameters, `${layer}.bias`);
  const keep = (values: Float64Array, multipliers: Float64Array | undefined) =>
    multipliers === undefined ? values : values.map((value, index) => value * at(multipliers, index));

  const c5Output = activationForward(activation, denseForward(s4Output, weight('f5'), bias('f5')));
  const c5Kept = keep(c5Output, kept?.c5);
  const f6Output = activationForward(activation, denseForward(c5Kept, weight('f6'), bias('f6')));
  const f6Kept = keep(f6Output, kept?.f6);
  const logits = denseForward(f6Kept, weight('f7'), bias('f7'));
  const { loss, logitGradient } = softmaxCrossEntropy(logits, label, labelSmoothing);

  const f7 = denseBackward(f6Kept, weight('f7'), logitGradient);
  const f6Gradient = activationBackward(activation, f6Output, keep(f7.input, kept?.f6));
  const f6 = denseBackward(c5Kept, weight('f6'), f6Gradient);
  const c5Gradient = activationBackward(activation, c5Output, keep(f6.input, kept?.c5));
  const f5 = denseBackward(s4Output, weight('f5'), c5Gradient);
  const gradients = {
    'f5.weight': f5.weight,
    'f5.bias': f5.bias,
    'f6.weight': f6.weight,
    'f6.bias': f6.bias,
    'f7.weight': f7.weight,
    'f7.bias': f7.bias,
  };
  return { loss, logits, gradients, input: f5.input };
}

function splitParameters(flat: Float64Array, { tensors }: ParameterLayout): Tensors {
  return Object.fromEntries(
    tensors.map(({ name, offset, length }) => [name, flat.subarray(offset, offset + length)]),
  );
}

function addTo(sums: Tensors, gradients: Tensors): void {
  for (const [name, gradient] of Object.entries(gradients)) {
    const sum = tensorOf(sums, name);
    for (let index = 0; index < sum.length; index++) sum[index] = at(sum, index) + at(gradient, index);
  }
}

function tensorOf(tensors: Tensors, name: string): Float64Array {
  const values = tensors[name];
  if (values === undefined) throw new RangeError(`no tensor ${name}`);
  return values;
}
