import { type Layer, layers } from '../../shared/model.ts';
import type { Activation, ModelOptions, Pooling } from '../../shared/model-options.ts';

type LayerOfKind<Kind extends Layer['kind']> = Extract<Layer, { kind: Kind }>;

/** One operation of a prediction; those with parameters have the name that these carry in a PyTorch state_dict. */
export type InferenceStep =
  | { kind: 'convolution'; name: string; layer: LayerOfKind<'convolution'> }
  | { kind: 'batch-normalization'; name: string; channels: number }
  | { kind: 'activation'; name: string; activation: Activation }
  | { kind: 'pooling'; name: string; pooling: Pooling; size: number }
  | { kind: 'flatten'; name: string; shape: readonly [channels: number, height: number, width: number] }
  | { kind: 'dense'; name: string; layer: LayerOfKind<'dense'> };

/** What is added to the variance of a batch normalization, in the kernels as in PyTorch. */
export const batchNormEpsilon = 1e-5;

/** What a model does to an image, in order. Dropout does nothing in a prediction, and is not here. */
export function inferenceSteps({ activation, pooling, batchNorm }: ModelOptions): InferenceStep[] {
  const steps: InferenceStep[] = [];
  let previous: readonly number[] = [];
  let normalizations = 0;
  for (const layer of layers) {
    const classicName = layer.name.toLowerCase();
    switch (layer.kind) {
      case 'convolution':
        steps.push({ kind: 'convolution', name: layer.parameter, layer });
        if (batchNorm) {
          const name = `bn${++normalizations}`;
          steps.push({ kind: 'batch-normalization', name, channels: layer.outputChannels });
        }
        break;
      case 'average-pooling':
        steps.push({ kind: 'pooling', name: classicName, pooling, size: layer.size });
        break;
      case 'dense':
        if (previous.length === 3) {
          const [channels, height, width] = previous as [number, number, number];
          steps.push({ kind: 'flatten', name: 'flatten', shape: [channels, height, width] });
        }
        steps.push({ kind: 'dense', name: layer.parameter, layer });
        break;
      default:
        layer satisfies never;
    }
    if (layer.activation !== 'none') {
      steps.push({ kind: 'activation', name: `${classicName}_${activation}`, activation });
    }
    previous = layer.output;
  }
  return steps;
}
