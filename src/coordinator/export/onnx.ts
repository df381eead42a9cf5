import { batchNormEpsilon, classCount, imageHeight, imageWidth } from '../../shared/model.ts';
import type { Activation, Pooling } from '../../shared/model-options.ts';
import { lockstepVersion } from '../version.ts';
import { type InferenceStep, inferenceSteps } from './inference-steps.ts';
import { describeModel } from './model-card.ts';
import { encodeOnnxModel, type OnnxAttribute, type OnnxNode } from './onnx-protobuf.ts';
import { type TrainedModel, tensorOf } from './trained-model.ts';

const activationOperators: Readonly<Record<Activation, string>> = {
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  relu: 'Relu',
};
const poolingOperators: Readonly<Record<Pooling, string>> = { average: 'AveragePool', max: 'MaxPool' };

/** Inputs and output of the graph, and the free size of both. */
const imageName = 'image';
const logitsName = 'logits';
const batchName = 'N';

/** An operation without the values between which it lies. */
interface Operation {
  operator: string;
  /** PyTorch names of the tensors that it takes behind its input. */
  parameters: readonly string[];
  attributes: Readonly<Record<string, OnnxAttribute>>;
}

/**
 * Encodes a model as an ONNX file: `image` float32 [N, 1, 28, 28] to `logits` float32 [N, 10]. Initializers have PyTorch's
 * names and values; a batch normalization stays a node of its own, which runtimes fold into the convolution when they load it.
 */
export function encodeOnnx(model: TrainedModel): Uint8Array {
  const card = describeModel(model, 'NCHW');
  const steps = inferenceSteps(model.options);
  const operations = steps.map(operationOf);
  const nodes = operations.map(
    ({ operator, parameters, attributes }, index): OnnxNode => ({
      operator,
      name: nameOf(steps, index),
      inputs: [index === 0 ? imageName : outputOf(steps, index - 1), ...parameters],
      output: outputOf(steps, index),
      attributes,
    }),
  );
  const names = operations.flatMap(({ parameters }) => parameters);
  return encodeOnnxModel({
    name: 'lenet5',
    description: 'LeNet-5 for FashionMNIST. What goes in and what comes out is told in the metadata.',
    producer: { name: 'lockstep', version: lockstepVersion },
    nodes,
    initializers: names.map((name) => ({ name, ...tensorOf(model, name) })),
    inputs: [
      {
        name: imageName,
        shape: [batchName, 1, imageHeight, imageWidth],
        description: card['preprocessing'] as string,
      },
    ],
    outputs: [{ name: logitsName, shape: [batchName, classCount], description: card['output'] as string }],
    metadata: card,
  });
}

function operationOf(step: InferenceStep): Operation {
  switch (step.kind) {
    case 'convolution': {
      const { kernelSize, padding } = step.layer;
      return {
        operator: 'Conv',
        parameters: [`${step.name}.weight`, `${step.name}.bias`],
        attributes: {
          kernel_shape: { integers: [kernelSize, kernelSize] },
          pads: { integers: [padding, padding, padding, padding] },
          strides: { integers: [1, 1] },
        },
      };
    }
    case 'batch-normalization':
      return {
        operator: 'BatchNormalization',
        parameters: ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${step.name}.${part}`),
        attributes: { epsilon: { float: batchNormEpsilon } },
      };
    case 'activation':
      return { operator: activationOperators[step.activation], parameters: [], attributes: {} };
    case 'pooling': {
      const size = { integers: [step.size, step.size] };
      return {
        operator: poolingOperators[step.pooling],
        parameters: [],
        attributes: { kernel_shape: size, strides: size },
      };
    }
    case 'flatten':
      return { operator: 'Flatten', parameters: [], attributes: { axis: { integer: 1 } } };
    case 'dense':
      return {
        operator: 'Gemm',
        parameters: [`${step.name}.weight`, `${step.name}.bias`],
        attributes: { transB: { integer: 1 } },
      };
    default:
      return step satisfies never;
  }
}

function nameOf(steps: readonly InferenceStep[], index: number): string {
  return (steps[index] as InferenceStep).name;
}

/** A value has the name of the node that it comes from. */
function outputOf(steps: readonly InferenceStep[], index: number): string {
  return index === steps.length - 1 ? logitsName : nameOf(steps, index);
}
