import { type Layer, layers } from '../../shared/model.ts';
import { deviceTensors } from './device-layout.ts';
import { activate, activationGradient } from './operations/activation.ts';
import { convolutionGradients, convolve } from './operations/convolution.ts';
import { dense, denseGradients } from './operations/dense.ts';
import type { LayerGradients, WeightAndBias } from './operations/layer-gradients.ts';
import { pool, poolingGradient } from './operations/pooling.ts';
import type { Tensor, Tensor2D, Tensor4D, TensorFlow } from './tensorflow.ts';

/** What a layer took and gave in the forward pass; the backward pass needs both. */
interface LayerPass {
  layer: Layer;
  input: Tensor;
  /** Behind the activation. */
  output: Tensor;
}

/** The parameters on the device, in the order of `deviceTensors`. */
export type DeviceParameters = readonly Tensor[];

/**
 * The model's layers one after another, as the table in src/shared/model.ts lists them. All tensors are the caller's to
 * release.
 * @param images float32[n, 28, 28, 1] in [0, 1]
 */
export function forwardPass(
  tensorflow: TensorFlow,
  parameters: DeviceParameters,
  images: Tensor4D,
): { passes: readonly LayerPass[]; logits: Tensor2D } {
  const passes: LayerPass[] = [];
  let input: Tensor = images;
  for (const layer of layers) {
    const output = activate(tensorflow, layer.activation, applyLayer(tensorflow, parameters, layer, input));
    passes.push({ layer, input, output });
    input = output;
  }
  return { passes, logits: input as Tensor2D };
}

/**
 * The chain rule from the logits back to the first layer.
 *
 * Written out, for the gradients that TensorFlow.js would find by itself are in none of the builds of its core for Node.
 * @param logitGradient float32[n, 10]
 * @returns gradients in the order of `deviceTensors`
 */
export function backwardPass(
  tensorflow: TensorFlow,
  parameters: DeviceParameters,
  passes: readonly LayerPass[],
  logitGradient: Tensor,
): Tensor[] {
  const gradients: Tensor[] = [];
  let outputGradient = logitGradient;
  for (const [index, pass] of [...passes.entries()].reverse()) {
    const { layer, output } = pass;
    const ofSum = activationGradient(tensorflow, layer.activation, output, outputGradient);
    const found = layerGradients(tensorflow, parameters, pass, ofSum, index > 0);
    if ('weight' in found) gradients.unshift(found.weight, found.bias);
    if (found.input !== undefined) outputGradient = found.input;
  }
  return gradients;
}

function applyLayer(
  tensorflow: TensorFlow,
  parameters: DeviceParameters,
  layer: Layer,
  input: Tensor,
): Tensor {
  switch (layer.kind) {
    case 'convolution':
      return convolve(tensorflow, layer, parametersOf(parameters, layer.parameter), input);
    case 'average-pooling':
      return pool(tensorflow, layer, input);
    case 'dense':
      return dense(tensorflow, parametersOf(parameters, layer.parameter), input);
    default:
      return layer satisfies never;
  }
}

function layerGradients(
  tensorflow: TensorFlow,
  parameters: DeviceParameters,
  { layer, input }: LayerPass,
  outputGradient: Tensor,
  needsInputGradient: boolean,
): LayerGradients | { input: Tensor } {
  switch (layer.kind) {
    case 'convolution': {
      const own = parametersOf(parameters, layer.parameter);
      return convolutionGradients(tensorflow, layer, own, input, outputGradient, needsInputGradient);
    }
    case 'average-pooling':
      return { input: poolingGradient(tensorflow, layer, input, outputGradient) };
    case 'dense':
      return denseGradients(tensorflow, parametersOf(parameters, layer.parameter), input, outputGradient);
    default:
      return layer satisfies never;
  }
}

function parametersOf(parameters: DeviceParameters, layer: string): WeightAndBias {
  const find = (name: string) => {
    const tensor = parameters[deviceTensors.findIndex((each) => each.name === name)];
    if (tensor === undefined) throw new RangeError(`no parameter ${name} on the device`);
    return tensor;
  };
  return { weight: find(`${layer}.weight`), bias: find(`${layer}.bias`) };
}
