import type { Layer } from './model.ts';

/** What one layer costs for one sample. */
export interface LayerCost {
  /** Those that are trained. */
  parameters: number;
  /** Averages over the training that an evaluation needs beside the parameters. */
  statistics: number;
  /** Values that the layer puts out; a normalization puts out those of the layer before it, changed. */
  units: number;
  /** Multiply-adds of the forward pass; activations, normalization and pooling, which multiply little, are not counted. */
  forward: number;
  /** Of forward, weight gradients and input gradients together. The first layer needs no gradient for its input. */
  training: number;
}

export function layerCost(layer: Layer, isFirst: boolean): LayerCost {
  const units = layer.output.reduce((product, size) => product * size, 1);
  const nothing = { parameters: 0, statistics: 0, units: 0, forward: 0, training: 0 };
  switch (layer.kind) {
    case 'convolution': {
      const { inputChannels, kernelSize, outputChannels } = layer;
      return connectedCost(inputChannels * kernelSize ** 2, outputChannels, units, isFirst);
    }
    case 'dense':
      return connectedCost(layer.inputs, layer.outputs, units, isFirst);
    case 'batch-normalization':
      return { ...nothing, parameters: 2 * layer.channels, statistics: 2 * layer.channels };
    case 'pooling':
      return { ...nothing, units };
    default:
      return layer satisfies never;
  }
}

/** @param outputs neurons with weights of their own */
function connectedCost(inputsPerUnit: number, outputs: number, units: number, isFirst: boolean): LayerCost {
  const forward = units * inputsPerUnit;
  const training = forward * (isFirst ? 2 : 3);
  return { parameters: outputs * (inputsPerUnit + 1), statistics: 0, units, forward, training };
}

/**
 * Floating-point operations of the direct algorithm for one sample of training: the multiply-adds of forward, weight gradients and
 * input gradients, each counted as two. Independent of how the kernels compute.
 */
export function directOperations(layers: readonly Layer[]): number {
  return layers.reduce((sum, layer, index) => sum + 2 * layerCost(layer, index === 0).training, 0);
}
