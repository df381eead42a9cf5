import type { Layer } from '../../shared/model.ts';
import { activate } from './operations/activation.ts';
import { normalizeByBatch, normalizeByRunningStatistics } from './operations/batch-normalization.ts';
import { convolve } from './operations/convolution.ts';
import { dense } from './operations/dense.ts';
import { drop } from './operations/dropout.ts';
import type { DeviceParameters, Pass } from './operations/pass.ts';
import { pool } from './operations/pooling.ts';
import type { Tensor, Tensor2D, Tensor4D, TensorFlow } from './tensorflow.ts';

/** What a training does and an evaluation does not, beside going back. */
export interface TrainingPass {
  /** float32[n, features] for each layer of which features are dropped, by its name: 0, or what is scaled up by. */
  kept: ReadonlyMap<string, Tensor>;
}

interface ForwardPass {
  /** In the order in which they were carried out. */
  passes: readonly Pass[];
  logits: Tensor2D;
}

/**
 * Carries out the layers one after another, each with its activation and dropout. All tensors are the caller's to release.
 * @param images float32[n, 28, 28, 1] in [0, 1]
 * @param training undefined in an evaluation
 */
export function forwardPass(
  tensorflow: TensorFlow,
  layers: readonly Layer[],
  parameters: DeviceParameters,
  images: Tensor4D,
  training: TrainingPass | undefined,
): ForwardPass {
  const passes: Pass[] = [];
  let values: Tensor = images;
  const carryOut = (pass: Pass) => {
    passes.push(pass);
    values = pass.output;
  };
  for (const [index, layer] of layers.entries()) {
    carryOut(applyLayer(tensorflow, layer, parameters, values, index > 0, training !== undefined));
    if (layer.activation !== 'none') carryOut(activate(tensorflow, layer.activation, values));
    const kept = training?.kept.get(layer.name);
    if (kept !== undefined) carryOut(drop(tensorflow, kept, values));
  }
  return { passes, logits: values as Tensor2D };
}

/**
 * The chain rule from the logits back to the first layer.
 *
 * Written out, for the gradients that TensorFlow.js would find by itself are in none of the builds of its core for Node.
 * @param logitGradient float32[n, 10]
 * @returns gradients of all parameters, by name; in place of statistics, what feeds them
 */
export function backwardPass(passes: readonly Pass[], logitGradient: Tensor): DeviceParameters {
  const gradients = new Map<string, Tensor>();
  let outputGradient = logitGradient;
  for (const pass of passes.toReversed()) {
    const { input, parameters = {} } = pass.backward(outputGradient);
    for (const [name, gradient] of Object.entries(parameters)) gradients.set(name, gradient);
    if (input !== undefined) outputGradient = input;
  }
  return gradients;
}

function applyLayer(
  tensorflow: TensorFlow,
  layer: Layer,
  parameters: DeviceParameters,
  input: Tensor,
  needsInputGradient: boolean,
  isTraining: boolean,
): Pass {
  switch (layer.kind) {
    case 'convolution':
      return convolve(tensorflow, layer, parameters, input, needsInputGradient);
    case 'batch-normalization': {
      const normalize = isTraining ? normalizeByBatch : normalizeByRunningStatistics;
      return normalize(tensorflow, layer.parameter, parameters, input);
    }
    case 'pooling':
      return pool(tensorflow, layer, input);
    case 'dense':
      return dense(tensorflow, layer.parameter, parameters, input);
    default:
      return layer satisfies never;
  }
}
