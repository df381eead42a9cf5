import { type LayerOfKind, modelLayers } from '../../shared/model.ts';
import type { Activation, ModelOptions, Pooling } from '../../shared/model-options.ts';

/** One operation of a prediction; those with parameters have the name that these carry in a PyTorch state_dict. */
export type InferenceStep =
  | { kind: 'convolution'; name: string; layer: LayerOfKind<'convolution'> }
  | { kind: 'batch-normalization'; name: string; channels: number }
  | { kind: 'activation'; name: string; activation: Activation }
  | { kind: 'pooling'; name: string; pooling: Pooling; size: number }
  | { kind: 'flatten'; name: string; shape: readonly [channels: number, height: number, width: number] }
  | { kind: 'dense'; name: string; layer: LayerOfKind<'dense'> };

/** What a model does to an image, in order. Dropout does nothing in a prediction, and is not here. */
export function inferenceSteps(model: ModelOptions): InferenceStep[] {
  const steps: InferenceStep[] = [];
  let previous: readonly number[] = [];
  for (const layer of modelLayers(model)) {
    const classicName = layer.name.toLowerCase();
    switch (layer.kind) {
      case 'convolution':
        steps.push({ kind: 'convolution', name: layer.parameter, layer });
        break;
      case 'batch-normalization':
        steps.push({ kind: 'batch-normalization', name: layer.parameter, channels: layer.channels });
        break;
      case 'pooling':
        steps.push({ kind: 'pooling', name: classicName, pooling: layer.pooling, size: layer.size });
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
    const { activation } = layer;
    if (activation !== 'none') {
      steps.push({ kind: 'activation', name: `${classicName}_${activation}`, activation });
    }
    previous = layer.output;
  }
  return steps;
}
