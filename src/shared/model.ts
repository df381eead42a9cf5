import { type Activation, type ModelOptions, type Pooling, referenceModel } from './model-options.ts';

/**
 * LeNet-5 as a table of layers. Everything that needs a shape, a name or a count derives it from here.
 * Source: LeCun et al. 1998, section II.B, in the variant with sigmoid activations, average pooling and ten raw logits.
 */
interface LayerShape {
  /** Name in the classic paper: C1, S2, C3, S4, C5, F6, output; it knew no normalization. */
  name: string;
  description: string;
  /** Channels, height, width; a dense layer has one entry. */
  output: readonly number[];
  activation: Activation | 'none';
}

interface ConvolutionLayer extends LayerShape {
  kind: 'convolution';
  /** Prefix of the parameters in a PyTorch state_dict. */
  parameter: string;
  inputChannels: number;
  outputChannels: number;
  kernelSize: number;
  padding: number;
}

interface BatchNormalizationLayer extends LayerShape {
  kind: 'batch-normalization';
  parameter: string;
  channels: number;
}

interface PoolingLayer extends LayerShape {
  kind: 'pooling';
  pooling: Pooling;
  size: number;
}

interface DenseLayer extends LayerShape {
  kind: 'dense';
  parameter: string;
  inputs: number;
  outputs: number;
}

export type Layer = ConvolutionLayer | BatchNormalizationLayer | PoolingLayer | DenseLayer;
export type LayerOfKind<Kind extends Layer['kind']> = Extract<Layer, { kind: Kind }>;

export const imageHeight = 28;
export const imageWidth = 28;
export const imageSize = imageHeight * imageWidth;
export const classCount = 10;

/** Class names of FashionMNIST in label order (Xiao et al. 2017). */
export const classNames = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

/** What is added to the variance of a batch normalization, in the kernels as in PyTorch. */
export const batchNormEpsilon = 1e-5;

/**
 * The layers of a variant of the model. Input: one channel of 28×28 grey values in [0, 1]. S4 is flattened channel-major (C, H,
 * W) into C5.
 */
export function modelLayers(model: ModelOptions): Layer[] {
  const { activation, pooling } = model;
  const c1 = { parameter: 'conv1', inputChannels: 1, outputChannels: 6, kernelSize: 5, padding: 2 };
  const c3 = { parameter: 'conv2', inputChannels: 6, outputChannels: 16, kernelSize: 5, padding: 0 };
  return [
    ...convolution({ name: 'C1', output: [6, 28, 28], ...c1 }, 'bn1', model),
    pool('S2', [6, 14, 14], pooling),
    ...convolution({ name: 'C3', output: [16, 10, 10], ...c3 }, 'bn2', model),
    pool('S4', [16, 5, 5], pooling),
    dense({ name: 'C5', parameter: 'f5', inputs: 400, outputs: 120, activation }),
    dense({ name: 'F6', parameter: 'f6', inputs: 120, outputs: 84, activation }),
    dense({ name: 'output', parameter: 'f7', inputs: 84, outputs: 10, activation: 'none' }),
  ];
}

/** Those of the reference. */
export const layers: readonly Layer[] = modelLayers(referenceModel);

/** With its normalization, where the model has one: then the activation is behind that. */
function convolution(
  layer: Omit<ConvolutionLayer, 'kind' | 'description' | 'activation'>,
  normalization: string,
  { activation, batchNorm }: ModelOptions,
): Layer[] {
  const { output, inputChannels, outputChannels: channels, kernelSize, padding } = layer;
  const shape = `conv ${kernelSize}×${kernelSize}, ${inputChannels}→${channels}`;
  const padded = padding > 0 ? `${shape}, padding ${padding}` : shape;
  if (!batchNorm) {
    return [{ kind: 'convolution', ...layer, description: `${padded}, ${activation}`, activation }];
  }
  return [
    { kind: 'convolution', ...layer, description: padded, activation: 'none' },
    {
      kind: 'batch-normalization',
      name: normalization.toUpperCase(),
      description: `batch norm, ${activation}`,
      output,
      activation,
      parameter: normalization,
      channels,
    },
  ];
}

function pool(name: string, output: readonly number[], pooling: Pooling): PoolingLayer {
  const description = `${pooling} pool 2×2`;
  return { kind: 'pooling', name, description, output, activation: 'none', pooling, size: 2 };
}

function dense(layer: Omit<DenseLayer, 'kind' | 'description' | 'output'>): DenseLayer {
  const { inputs, outputs, activation } = layer;
  const what = activation === 'none' ? 'logits' : activation;
  return {
    kind: 'dense',
    ...layer,
    description: `dense ${inputs}→${outputs}, ${what}`,
    output: [outputs],
  };
}
