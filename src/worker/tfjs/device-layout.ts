import { type Layer, layers } from '../../shared/model.ts';
import { parameterCount, parameterTensors } from '../../shared/parameters.ts';

/** A parameter tensor as TensorFlow.js wants it; `offset` and `length` are those of the same tensor in state_dict order. */
export interface DeviceTensor {
  name: string;
  /** Convolution weights [height, width, in, out], dense weights [in, out], biases [out]. */
  shape: number[];
  offset: number;
  length: number;
}

/** All parameter tensors in state_dict order, in the device's shapes. */
export const deviceTensors: readonly DeviceTensor[] = parameterTensors.map(
  ({ name, shape, offset, length }) => ({ name, shape: deviceShape(shape), offset, length }),
);

/** For each element of the device's flat vector, where it stands in the flat vector of state_dict order. */
const sources: Int32Array = listSources();

/** From state_dict order into the device's layouts, both float32[61706]. */
export function toDeviceLayout(parameters: Float32Array): Float32Array {
  const values = new Float32Array(parameterCount);
  for (let index = 0; index < parameterCount; index++) {
    values[index] = parameters[sources[index] as number] as number;
  }
  return values;
}

/** From the device's layouts into state_dict order; `values` may be longer than its first 61706 elements, which count. */
export function fromDeviceLayout(values: Float32Array): Float32Array {
  const parameters = new Float32Array(parameterCount);
  for (let index = 0; index < parameterCount; index++) {
    parameters[sources[index] as number] = values[index] as number;
  }
  return parameters;
}

/** [out, in, height, width] becomes [height, width, in, out]; [out, in] becomes [in, out]. */
function deviceShape(shape: readonly number[]): number[] {
  const [outputs, inputs, ...kernel] = shape;
  return [...kernel, inputs, outputs].filter((size) => size !== undefined);
}

function listSources(): Int32Array {
  const list = Int32Array.from({ length: parameterCount }, (_, index) => index);
  for (const [index, layer] of layers.entries()) {
    if (layer.kind === 'average-pooling') continue;
    const weight = parameterTensors.find(({ name }) => name === `${layer.parameter}.weight`);
    if (weight === undefined) throw new RangeError(`no weight of ${layer.parameter}`);
    const order =
      layer.kind === 'convolution' ? convolutionOrder(layer) : denseOrder(layer, layers[index - 1]);
    list.set(
      order.map((position) => weight.offset + position),
      weight.offset,
    );
  }
  return list;
}

function convolutionOrder(layer: Extract<Layer, { kind: 'convolution' }>): number[] {
  const { kernelSize, inputChannels, outputChannels } = layer;
  const order: number[] = [];
  for (let row = 0; row < kernelSize; row++) {
    for (let column = 0; column < kernelSize; column++) {
      for (let input = 0; input < inputChannels; input++) {
        for (let output = 0; output < outputChannels; output++) {
          order.push(((output * inputChannels + input) * kernelSize + row) * kernelSize + column);
        }
      }
    }
  }
  return order;
}

/**
 * The inputs of a dense layer behind a picture come in the order (height, width, channel) on the device, but in (channel,
 * height, width) in PyTorch: the weights are ordered for it, so that no activation needs to be.
 */
function denseOrder(layer: Extract<Layer, { kind: 'dense' }>, previous: Layer | undefined): number[] {
  const [channels, height, width] = previous?.output ?? [];
  const feature = (position: number) => {
    if (channels === undefined || height === undefined || width === undefined) return position;
    const pixel = Math.floor(position / channels);
    return (position % channels) * height * width + pixel;
  };
  const order: number[] = [];
  for (let input = 0; input < layer.inputs; input++) {
    for (let output = 0; output < layer.outputs; output++) {
      order.push(output * layer.inputs + feature(input));
    }
  }
  return order;
}
