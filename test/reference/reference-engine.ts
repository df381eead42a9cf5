import { parameterCount, parameterTensors } from '../../src/shared/parameters.ts';
import { at } from './at.ts';
import { averagePoolingBackward, averagePoolingForward, type PoolingShape } from './average-pooling.ts';
import { type ConvolutionShape, convolutionBackward, convolutionForward } from './convolution.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { denseBackward, denseForward } from './dense.ts';
import { sigmoidBackward, sigmoidForward } from './sigmoid.ts';

export interface ReferenceBatch {
  /** [61706], PyTorch state_dict order. */
  parameters: Float32Array | Float64Array;
  /** uint8[n, 28, 28] grey values. */
  images: Uint8Array;
  /** uint8[n], 0 to 9. */
  labels: Uint8Array;
}

export interface ReferenceResult {
  /** Sum of the samples' cross-entropy in nats. */
  lossSum: number;
  correct: number;
  /** uint8[n]; on equal logits the lowest class. */
  predictions: Uint8Array;
  /** float64[61706]: sum of the samples' gradients, state_dict order. */
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
 * LeNet-5 with sigmoid and average pooling in float64, one sample at a time: what every other engine is held against.
 * It is checked itself by finite differences and against PyTorch.
 */
export function lossAndGradients({ parameters, images, labels }: ReferenceBatch): ReferenceResult {
  const tensors = splitParameters(Float64Array.from(parameters));
  const gradientSums = new Float64Array(parameterCount);
  const sums = splitParameters(gradientSums);
  const predictions = new Uint8Array(labels.length);
  let lossSum = 0;
  let correct = 0;
  for (let sample = 0; sample < labels.length; sample++) {
    const image = Float64Array.from(
      images.subarray(sample * pixels, (sample + 1) * pixels),
      (grey) => grey / 255,
    );
    const label = at(labels, sample);
    const { loss, logits, gradients } = sampleLossAndGradients(tensors, image, label);
    lossSum += loss;
    predictions[sample] = logits.indexOf(Math.max(...logits));
    if (predictions[sample] === label) correct++;
    for (const [name, gradient] of Object.entries(gradients)) {
      const sum = tensor(sums, name);
      for (let index = 0; index < sum.length; index++) sum[index] = at(sum, index) + at(gradient, index);
    }
  }
  return { lossSum, correct, predictions, gradientSums };
}

/** Forward and backward over one image, float64[28, 28] in [0, 1]; gradients by PyTorch name. */
function sampleLossAndGradients(
  tensors: ReadonlyMap<string, Float64Array>,
  image: Float64Array,
  label: number,
): { loss: number; logits: Float64Array; gradients: Record<string, Float64Array> } {
  const weight = (layer: string) => tensor(tensors, `${layer}.weight`);
  const bias = (layer: string) => tensor(tensors, `${layer}.bias`);

  const c1Output = sigmoidForward(convolutionForward(c1, image, weight('conv1'), bias('conv1')));
  const s2Output = averagePoolingForward(s2, c1Output);
  const c3Output = sigmoidForward(convolutionForward(c3, s2Output, weight('conv2'), bias('conv2')));
  const s4Output = averagePoolingForward(s4, c3Output);
  const c5Output = sigmoidForward(denseForward(s4Output, weight('f5'), bias('f5')));
  const f6Output = sigmoidForward(denseForward(c5Output, weight('f6'), bias('f6')));
  const logits = denseForward(f6Output, weight('f7'), bias('f7'));
  const { loss, logitGradient } = softmaxCrossEntropy(logits, label);

  const f7 = denseBackward(f6Output, weight('f7'), logitGradient);
  const f6 = denseBackward(c5Output, weight('f6'), sigmoidBackward(f6Output, f7.input));
  const f5 = denseBackward(s4Output, weight('f5'), sigmoidBackward(c5Output, f6.input));
  const c3Gradient = sigmoidBackward(c3Output, averagePoolingBackward(s4, f5.input));
  const conv2 = convolutionBackward(c3, s2Output, weight('conv2'), c3Gradient);
  const c1Gradient = sigmoidBackward(c1Output, averagePoolingBackward(s2, conv2.input));
  const conv1 = convolutionBackward(c1, image, weight('conv1'), c1Gradient);

  const gradients = {
    'conv1.weight': conv1.weight,
    'conv1.bias': conv1.bias,
    'conv2.weight': conv2.weight,
    'conv2.bias': conv2.bias,
    'f5.weight': f5.weight,
    'f5.bias': f5.bias,
    'f6.weight': f6.weight,
    'f6.bias': f6.bias,
    'f7.weight': f7.weight,
    'f7.bias': f7.bias,
  };
  return { loss, logits, gradients };
}

function splitParameters(flat: Float64Array): Map<string, Float64Array> {
  return new Map(
    parameterTensors.map(({ name, offset, length }) => [name, flat.subarray(offset, offset + length)]),
  );
}

function tensor(tensors: ReadonlyMap<string, Float64Array>, name: string): Float64Array {
  const values = tensors.get(name);
  if (values === undefined) throw new RangeError(`no tensor ${name}`);
  return values;
}
