import { layers } from './model.ts';

/** One tensor of the model: where it lies in the flat vector of all parameters, and its PyTorch name and shape. */
export interface ParameterTensor {
  /** Key in a PyTorch state_dict, e.g. `conv1.weight`. */
  name: string;
  shape: readonly number[];
  /** Inputs that feed one unit of the layer: channels × kernel area, or the inputs of a dense layer; 1 where none are summed. */
  fanIn: number;
  /** Units that one input feeds: channels × kernel area, or the outputs of a dense layer. */
  fanOut: number;
  /** Statistics follow the data as averages; all others follow their gradients. */
  role: 'weight' | 'bias' | 'scale' | 'shift' | 'running mean' | 'running variance';
  /** First element in the flat vector. */
  offset: number;
  length: number;
}

/** How all tensors of a model lie in one flat vector. Elements that belong to no tensor are zero. */
export interface ParameterLayout {
  /** In state_dict order. */
  tensors: readonly ParameterTensor[];
  /** Elements [0, trainable) follow their gradients, those behind are statistics. A multiple of 16 where there are any. */
  trainable: number;
  /** Of the vector. */
  length: number;
}

/** Tensors of the layers that all variants of the model have, in state_dict order: weight, then bias, layer by layer. */
export const parameterTensors: readonly ParameterTensor[] = listLayerTensors();

/** 61,706 for LeNet-5. */
export const parameterCount = parameterTensors.reduce((sum, tensor) => sum + tensor.length, 0);

const plainLayout: ParameterLayout = {
  tensors: parameterTensors,
  trainable: parameterCount,
  length: parameterCount,
};
const normalizedLayout = layoutWithBatchNorm();

/** The layout of a model with or without batch normalization; what both have lies at the same places. */
export function parameterLayout({ batchNorm }: { batchNorm: boolean }): ParameterLayout {
  return batchNorm ? normalizedLayout : plainLayout;
}

/** A named view over a flat vector of parameters; it shares memory with it. */
export function viewParameter(flat: Float32Array, tensor: ParameterTensor): Float32Array {
  return flat.subarray(tensor.offset, tensor.offset + tensor.length);
}

/** The first value that is no number, as "conv1.weight[3] is NaN"; undefined where all are finite. */
export function describeNonFinite(flat: Float32Array, layout: ParameterLayout): string | undefined {
  const index = flat.findIndex((value) => !Number.isFinite(value));
  const tensor = layout.tensors.find(({ offset, length }) => index >= offset && index < offset + length);
  return tensor === undefined ? undefined : `${tensor.name}[${index - tensor.offset}] is ${flat[index]}`;
}

function listLayerTensors(): ParameterTensor[] {
  const tensors: ParameterTensor[] = [];
  let offset = 0;
  for (const layer of layers) {
    if (layer.kind !== 'convolution' && layer.kind !== 'dense') continue;
    const shape =
      layer.kind === 'convolution'
        ? [layer.outputChannels, layer.inputChannels, layer.kernelSize, layer.kernelSize]
        : [layer.outputs, layer.inputs];
    const [outputs, inputs, ...kernel] = shape as [number, number, ...number[]];
    const area = product(kernel);
    const fans = { fanIn: inputs * area, fanOut: outputs * area };
    const weight = { name: `${layer.parameter}.weight`, shape, ...fans, role: 'weight' as const, offset };
    tensors.push({ ...weight, length: product(shape) });
    offset += product(shape);
    const bias = {
      name: `${layer.parameter}.bias`,
      shape: [outputs],
      ...fans,
      role: 'bias' as const,
      offset,
    };
    tensors.push({ ...bias, length: outputs });
    offset += outputs;
  }
  return tensors;
}

/** The tensors of both normalizations follow those of the layers: what is trained, then, from the next multiple of 16 on, statistics. */
function layoutWithBatchNorm(): ParameterLayout {
  const normalizations = [
    { prefix: 'bn1', layer: 'conv1', channels: 6 },
    { prefix: 'bn2', layer: 'conv2', channels: 16 },
  ];
  let offset = parameterCount;
  const place = (name: string, channels: number, role: ParameterTensor['role']): ParameterTensor => {
    const tensor = { name, shape: [channels], fanIn: 1, fanOut: 1, role, offset, length: channels };
    offset += channels;
    return tensor;
  };
  const trained = normalizations.map(({ prefix, channels }) => [
    place(`${prefix}.weight`, channels, 'scale'),
    place(`${prefix}.bias`, channels, 'shift'),
  ]);
  const trainable = Math.ceil(offset / 16) * 16;
  offset = trainable;
  const statistics = normalizations.map(({ prefix, channels }) => [
    place(`${prefix}.running_mean`, channels, 'running mean'),
    place(`${prefix}.running_var`, channels, 'running variance'),
  ]);
  const tensors = parameterTensors.flatMap((tensor) => {
    const index = normalizations.findIndex(({ layer }) => tensor.name === `${layer}.bias`);
    return index < 0 ? [tensor] : [tensor, ...(trained[index] ?? []), ...(statistics[index] ?? [])];
  });
  return { tensors, trainable, length: offset };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
