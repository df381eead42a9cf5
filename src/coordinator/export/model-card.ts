import { classCount, classNames, imageHeight, imageWidth } from '../../shared/model.ts';
import { lockstepVersion } from '../version.ts';
import { hashWeights } from '../weights-hash.ts';
import type { TrainedModel } from './trained-model.ts';

/** How a format lays out the images that its model takes. */
export type ImageLayout = 'NCHW' | 'NHWC';

const imageShapes: Readonly<Record<ImageLayout, string>> = {
  NCHW: `[N, 1, ${imageHeight}, ${imageWidth}]`,
  NHWC: `[N, ${imageHeight}, ${imageWidth}, 1]`,
};

/**
 * What whoever uses an exported model must know of it, under the same names in every format. Values are text, since two of
 * the formats know no other; `labels` is a JSON array.
 */
export function describeModel(model: TrainedModel, layout: ImageLayout): Record<string, string> {
  const { activation, pooling, batchNorm } = model.options;
  const known = (key: string) => {
    const value = model.metadata.get(key);
    return value === undefined ? {} : { [key]: value };
  };
  return {
    model: 'LeNet-5',
    activation,
    pooling,
    batch_norm: String(batchNorm),
    input: `float32 ${imageShapes[layout]}`,
    preprocessing:
      'grey values from 0 to 255, the garment bright on black, divided by 255; no mean or deviation is taken off',
    output: `float32 [N, ${classCount}]: logits in the order of the labels; softmax makes probabilities of them`,
    labels: JSON.stringify(classNames),
    dataset: 'FashionMNIST',
    ...known('epoch'),
    ...known('validation_accuracy'),
    weights_sha256: hashWeights(model.parameters),
    producer: `lockstep ${lockstepVersion}`,
  };
}
