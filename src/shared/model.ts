/**
 * LeNet-5 as a table of layers. Everything that needs a shape, a name or a count derives it from here.
 * Source: LeCun et al. 1998, section II.B, in the variant with sigmoid activations, average pooling and ten raw logits.
 */
interface LayerShape {
  /** Name in the classic paper: C1, S2, C3, S4, C5, F6, output. */
  name: string;
  description: string;
  /** Channels, height, width; a dense layer has one entry. */
  output: readonly number[];
  activation: 'sigmoid' | 'none';
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

interface PoolingLayer extends LayerShape {
  kind: 'average-pooling';
  size: number;
}

interface DenseLayer extends LayerShape {
  kind: 'dense';
  parameter: string;
  inputs: number;
  outputs: number;
}

export type Layer = ConvolutionLayer | PoolingLayer | DenseLayer;

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

/** Input: one channel of 28×28 grey values in [0, 1]. S4 is flattened channel-major (C, H, W) into C5. */
export const layers: readonly Layer[] = [
  {
    kind: 'convolution',
    name: 'C1',
    description: 'conv 5×5, 1→6, padding 2, sigmoid',
    output: [6, 28, 28],
    activation: 'sigmoid',
    parameter: 'conv1',
    inputChannels: 1,
    outputChannels: 6,
    kernelSize: 5,
    padding: 2,
  },
  {
    kind: 'average-pooling',
    name: 'S2',
    description: 'average pool 2×2',
    output: [6, 14, 14],
    activation: 'none',
    size: 2,
  },
  {
    kind: 'convolution',
    name: 'C3',
    description: 'conv 5×5, 6→16, sigmoid',
    output: [16, 10, 10],
    activation: 'sigmoid',
    parameter: 'conv2',
    inputChannels: 6,
    outputChannels: 16,
    kernelSize: 5,
    padding: 0,
  },
  {
    kind: 'average-pooling',
    name: 'S4',
    description: 'average pool 2×2',
    output: [16, 5, 5],
    activation: 'none',
    size: 2,
  },
  {
    kind: 'dense',
    name: 'C5',
    description: 'dense 400→120, sigmoid',
    output: [120],
    activation: 'sigmoid',
    parameter: 'f5',
    inputs: 400,
    outputs: 120,
  },
  {
    kind: 'dense',
    name: 'F6',
    description: 'dense 120→84, sigmoid',
    output: [84],
    activation: 'sigmoid',
    parameter: 'f6',
    inputs: 120,
    outputs: 84,
  },
  {
    kind: 'dense',
    name: 'output',
    description: 'dense 84→10, logits',
    output: [10],
    activation: 'none',
    parameter: 'f7',
    inputs: 84,
    outputs: 10,
  },
];
