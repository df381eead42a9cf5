import { layers } from './model.ts';

/** One tensor of the model: where it lies in the flat vector of all parameters, and its PyTorch name and shape. */
export interface ParameterTensor {
  /** Key in a PyTorch state_dict, e.g. `conv1.weight`. */
  name: string;
  shape: readonly number[];
  /** Inputs that feed one unit of the layer: channels × kernel area, or the inputs of a dense layer. */
  fanIn: number;
  /** First element in the flat vector. */
  offset: number;
  length: number;
}

/** All parameter tensors in state_dict order: weight, then bias, layer by layer. */
export const parameterTensors: readonly ParameterTensor[] = listParameterTensors();

/** 61,706 for LeNet-5. */
export const parameterCount = parameterTensors.reduce((sum, tensor) => sum + tensor.length, 0);

/** A named view over a flat vector of `parameterCount` values; it shares memory with it. */
export function viewParameter(flat: Float32Array, tensor: ParameterTensor): Float32Array {
  return flat.subarray(tensor.offset, tensor.offset + tensor.length);
}

/** The first value that is no number, as "conv1.weight[3] is NaN"; undefined where all are finite. */
export function describeNonFinite(flat: Float32Array): string | undefined {
  const index = flat.findIndex((value) => !Number.isFinite(value));
  const tensor = parameterTensors.find(({ offset, length }) => index >= offset && index < offset + length);
  return tensor === undefined ? undefined : `${tensor.name}[${index - tensor.offset}] is ${flat[index]}`;
}

function listParameterTensors(): ParameterTensor[] {
  const tensors: ParameterTensor[] = [];
  let offset = 0;
  const append = (name: string, shape: readonly number[], fanIn: number) => {
    const length = shape.reduce((product, size) => product * size, 1);
    tensors.push({ name, shape, fanIn, offset, length });
    offset += length;
  };
  for (const layer of layers) {
    if (layer.kind === 'average-pooling') continue;
    const weightShape =
      layer.kind === 'convolution'
        ? [layer.outputChannels, layer.inputChannels, layer.kernelSize, layer.kernelSize]
        : [layer.outputs, layer.inputs];
    const outputs = weightShape[0] as number;
    const fanIn = weightShape.slice(1).reduce((product, size) => product * size, 1);
    append(`${layer.parameter}.weight`, weightShape, fanIn);
    append(`${layer.parameter}.bias`, [outputs], fanIn);
  }
  return tensors;
}
