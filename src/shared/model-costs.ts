import type { Layer } from './model.ts';

/** What one layer costs for one sample. */
export interface LayerCost {
  parameters: number;
  /** Values that the layer puts out. */
  units: number;
  /** Multiply-adds of the forward pass; activations and pooling, which multiply little, are not counted. */
  forward: number;
  /** Of forward, weight gradients and input gradients together. The first layer needs no gradient for its input. */
  training: number;
}

export function layerCost(layer: Layer, isFirst: boolean): LayerCost {
  const units = layer.output.reduce((product, size) => product * size, 1);
  if (layer.kind === 'average-pooling') return { parameters: 0, units, forward: 0, training: 0 };
  const { inputsPerUnit, outputs } =
    layer.kind === 'convolution'
      ? { inputsPerUnit: layer.inputChannels * layer.kernelSize ** 2, outputs: layer.outputChannels }
      : { inputsPerUnit: layer.inputs, outputs: layer.outputs };
  const forward = units * inputsPerUnit;
  const passes = isFirst ? 2 : 3;
  return { parameters: outputs * (inputsPerUnit + 1), units, forward, training: forward * passes };
}
