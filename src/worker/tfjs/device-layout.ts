import { type Layer, type LayerOfKind, modelLayers } from '../../shared/model.ts';
import type { ModelOptions } from '../../shared/model-options.ts';
import { type ParameterLayout, parameterLayout } from '../../shared/parameters.ts';

/** A tensor of the model as TensorFlow.js wants it, and where it lies in the device's flat vector. */
export interface DeviceTensor {
  /** PyTorch's. */
  name: string;
  /** Convolution weights [height, width, in, out], dense weights [in, out], all others [out]. */
  shape: number[];
  offset: number;
  length: number;
}

/** How a model's tensors lie on the device: in state_dict order, one behind the other without gaps, each in the device's shape. */
export class DeviceLayout {
  readonly tensors: readonly DeviceTensor[];
  readonly parameters: ParameterLayout;
  /** Of the device's flat vector. */
  readonly length: number;
  /** For each element of the device's flat vector, where it stands in the flat vector of all others. */
  readonly #sources: Int32Array;

  constructor(model: ModelOptions) {
    this.parameters = parameterLayout(model);
    const orders = weightOrders(modelLayers(model));
    const sources: number[] = [];
    this.tensors = this.parameters.tensors.map(({ name, shape, offset, length }) => {
      const tensor = { name, shape: deviceShape(shape), offset: sources.length, length };
      const order = orders.get(name);
      for (let element = 0; element < length; element++) sources.push(offset + (order?.[element] ?? element));
      return tensor;
    });
    this.length = sources.length;
    this.#sources = Int32Array.from(sources);
  }

  /**
   * @param parameters float32[parameters.length]
   * @returns float32[length] in the device's layouts
   */
  toDevice(parameters: Float32Array): Float32Array {
    const values = new Float32Array(this.length);
    for (let index = 0; index < values.length; index++) {
      values[index] = parameters[this.#sources[index] as number] as number;
    }
    return values;
  }

  /**
   * @param values in the device's layouts; may be longer than its first `length` elements, which count
   * @returns float32[parameters.length]
   */
  fromDevice(values: Float32Array): Float32Array {
    const parameters = new Float32Array(this.parameters.length);
    for (let index = 0; index < this.length; index++) {
      parameters[this.#sources[index] as number] = values[index] as number;
    }
    return parameters;
  }
}

/** [out, in, height, width] becomes [height, width, in, out]; [out, in] becomes [in, out]. */
function deviceShape(shape: readonly number[]): number[] {
  const [outputs, inputs, ...kernel] = shape;
  return [...kernel, inputs, outputs].filter((size) => size !== undefined);
}

/** By the names of the weights: for each element on the device, which of PyTorch's tensor it is. */
function weightOrders(layers: readonly Layer[]): ReadonlyMap<string, number[]> {
  const orders = new Map<string, number[]>();
  for (const [index, layer] of layers.entries()) {
    if (layer.kind === 'convolution') orders.set(`${layer.parameter}.weight`, convolutionOrder(layer));
    if (layer.kind === 'dense') {
      orders.set(`${layer.parameter}.weight`, denseOrder(layer, layers[index - 1]));
    }
  }
  return orders;
}

function convolutionOrder(layer: LayerOfKind<'convolution'>): number[] {
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
function denseOrder(layer: LayerOfKind<'dense'>, previous: Layer | undefined): number[] {
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
