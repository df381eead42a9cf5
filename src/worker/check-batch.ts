import { imageSize } from '../shared/model.ts';
import type { LabelledBatch } from './engine.ts';

/**
 * Holds a caller's batch against the shapes that an engine takes.
 * @param maximumBatch most samples of one call
 * @param parameterCount length of the model's vector of parameters
 * @throws RangeError that names the array whose length is wrong
 */
export function checkBatch(
  { parameters, images, labels }: LabelledBatch,
  maximumBatch: number,
  parameterCount: number,
): void {
  const count = labels.length;
  if (parameters.length !== parameterCount) {
    throw new RangeError(`parameters must hold ${parameterCount} values, got ${parameters.length}`);
  }
  if (count < 1 || count > maximumBatch) {
    throw new RangeError(`a batch must hold 1 to ${maximumBatch} samples, got ${count} labels`);
  }
  if (images.length !== count * imageSize) {
    throw new RangeError(
      `${count} labels go with ${count * imageSize} bytes of images, got ${images.length}`,
    );
  }
}
