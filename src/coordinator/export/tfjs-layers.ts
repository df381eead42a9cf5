import { batchNormEpsilon, classNames, imageHeight, imageWidth } from '../../shared/model.ts';
import type { Pooling } from '../../shared/model-options.ts';
import { lockstepVersion } from '../version.ts';
import { type InferenceStep, inferenceSteps } from './inference-steps.ts';
import { describeModel } from './model-card.ts';
import { type TrainedModel, tensorOf } from './trained-model.ts';

const poolingClasses: Readonly<Record<Pooling, string>> = {
  average: 'AveragePooling2D',
  max: 'MaxPooling2D',
};

/** Of the running statistics, as Keras counts it: 1 - PyTorch's. Matters to whoever trains on. */
const batchNormMomentum = 0.9;

/** A layer as Keras writes it. */
interface KerasLayer {
  class_name: string;
  config: Record<string, unknown>;
}

interface KerasWeight {
  name: string;
  shape: readonly number[];
  data: Float32Array;
}

/** The two files that `tf.loadLayersModel` reads. */
export interface TfjsModel {
  /** model.json, when it is told the name of the file of weights. */
  describe(weightsFile: string): string;
  /** All weights one after another, float32 and little-endian. */
  weights: Uint8Array;
}

/**
 * Encodes a model as a layers model of TensorFlow.js, which can also be trained on: float32 [N, 28, 28, 1] to logits
 * float32 [N, 10]. Channels come last there, so kernels are transposed, and so are the columns of the first dense layer, which
 * expect the channels first.
 */
export function encodeTfjs(model: TrainedModel): TfjsModel {
  const steps = inferenceSteps(model.options);
  const layers = steps.map(layerOf);
  (layers[0] as KerasLayer).config['batch_input_shape'] = [null, imageHeight, imageWidth, 1];
  const weights = steps.flatMap((step, index) => weightsOf(model, step, steps[index - 1]));
  const { labels: _, ...card } = describeModel(model, 'NHWC');
  const describe = (weightsFile: string) =>
    JSON.stringify({
      format: 'layers-model',
      generatedBy: `lockstep ${lockstepVersion}`,
      convertedBy: null,
      modelTopology: {
        class_name: 'Sequential',
        config: { name: 'lenet5', layers },
        keras_version: 'tfjs-layers 4.22.0',
        backend: 'tensor_flow.js',
      },
      userDefinedMetadata: { ...card, labels: classNames },
      weightsManifest: [
        {
          paths: [weightsFile],
          weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
        },
      ],
    });
  return { describe, weights: joinBytes(weights.map(({ data }) => data)) };
}

function layerOf(step: InferenceStep): KerasLayer {
  const layer = (className: string, config: Record<string, unknown>) => ({
    class_name: className,
    config: { name: step.name, trainable: true, dtype: 'float32', ...config },
  });
  switch (step.kind) {
    case 'convolution':
      return layer('Conv2D', {
        filters: step.layer.outputChannels,
        kernel_size: [step.layer.kernelSize, step.layer.kernelSize],
        strides: [1, 1],
        padding: paddingName(step.layer),
        data_format: 'channels_last',
        activation: 'linear',
        use_bias: true,
      });
    case 'batch-normalization':
      return layer('BatchNormalization', {
        axis: -1,
        momentum: batchNormMomentum,
        epsilon: batchNormEpsilon,
      });
    case 'activation':
      return layer('Activation', { activation: step.activation });
    case 'pooling': {
      const size = [step.size, step.size];
      return layer(poolingClasses[step.pooling], {
        pool_size: size,
        strides: size,
        padding: 'valid',
        data_format: 'channels_last',
      });
    }
    case 'flatten':
      return layer('Flatten', {});
    case 'dense':
      return layer('Dense', { units: step.layer.outputs, activation: 'linear', use_bias: true });
    default:
      return step satisfies never;
  }
}

/** Keras knows paddings by name only. */
function paddingName({ padding, kernelSize }: { padding: number; kernelSize: number }): 'valid' | 'same' {
  if (padding === 0) return 'valid';
  if (2 * padding === kernelSize - 1) return 'same';
  throw new RangeError(`a padding of ${padding} around a ${kernelSize}×${kernelSize} kernel has no name`);
}

function weightsOf(
  model: TrainedModel,
  step: InferenceStep,
  previous: InferenceStep | undefined,
): KerasWeight[] {
  const weight = (part: string, name: string): KerasWeight => ({
    name: `${step.name}/${name}`,
    ...tensorOf(model, `${step.name}.${part}`),
  });
  switch (step.kind) {
    case 'convolution':
      return [transpose(weight('weight', 'kernel'), [2, 3, 1, 0]), weight('bias', 'bias')];
    case 'dense': {
      const kernel = weight('weight', 'kernel');
      const { outputs } = step.layer;
      // [out, C, H, W] to [H, W, C, out]: the columns in the order in which a picture with channels last is flattened.
      const ordered =
        previous?.kind === 'flatten'
          ? transpose({ ...kernel, shape: [outputs, ...previous.shape] }, [2, 3, 1, 0])
          : transpose(kernel, [1, 0]);
      return [{ ...ordered, shape: [step.layer.inputs, outputs] }, weight('bias', 'bias')];
    }
    case 'batch-normalization':
      return [
        weight('weight', 'gamma'),
        weight('bias', 'beta'),
        weight('running_mean', 'moving_mean'),
        weight('running_var', 'moving_variance'),
      ];
    default:
      return [];
  }
}

/** Reorders the axes of a row-major tensor: axis i of the result is axis `order[i]` of the tensor. */
function transpose(tensor: KerasWeight, order: readonly number[]): KerasWeight {
  const sizes = order.map((axis) => tensor.shape[axis] as number);
  const strides = order.map((axis) =>
    tensor.shape.slice(axis + 1).reduce((product, size) => product * size, 1),
  );
  const data = tensor.data.map((_, position) => {
    let rest = position;
    let source = 0;
    for (let axis = order.length - 1; axis >= 0; axis--) {
      const size = sizes[axis] as number;
      source += (rest % size) * (strides[axis] as number);
      rest = Math.floor(rest / size);
    }
    return tensor.data[source] as number;
  });
  return { name: tensor.name, shape: sizes, data };
}

function joinBytes(parts: readonly Float32Array[]): Uint8Array {
  return Buffer.concat(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)));
}
