import { type ModelOptions, referenceModel } from '../../src/shared/model-options.ts';
import { type ParameterLayout, parameterLayout } from '../../src/shared/parameters.ts';
import { activationBackward, activationForward } from './activation.ts';
import { at } from './at.ts';
import type { PoolingShape } from './average-pooling.ts';
import type { ConvolutionShape } from './convolution.ts';
import { ConvolutionStage } from './convolution-stage.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { denseBackward, denseForward } from './dense.ts';
import { type Tensors, tensorOf } from './tensors.ts';

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
