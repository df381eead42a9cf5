import { classCount, imageSize } from '../shared/model.ts';
import type { ModelOptions } from '../shared/model-options.ts';
import { startForwardSession } from './forward-session.ts';

/** Images that are in memory at a time. */
const chunkSize = 4096;

/** What a model makes of some images. */
export interface ClassProbabilities {
  /** uint8[n]: the class that `evaluate` counts. */
  predictions: Uint8Array;
  /** float64[n, 10], each row with a sum of 1. */
  probabilities: Float64Array;
}

/**
 * Runs images through a model. The kernels tell of each micro-batch its cross-entropy against given labels: with one image in
 * each, that is -ln of the probability of the label, for which every class is put in turn.
 * @param request.parameters float32[parameterLayout(model).length]
 * @param request.images uint8[n, 28, 28], n at least 1
 */
export async function classProbabilities(
  request: { parameters: Float32Array; images: Uint8Array; model: ModelOptions; workers: number },
  onNotice: (text: string) => void,
): Promise<ClassProbabilities> {
  const { parameters, images, model, workers } = request;
  const count = images.length / imageSize;
  const chunk = Math.min(count, chunkSize);
  const predictions = new Uint8Array(count);
  const probabilities = new Float64Array(count * classCount);
  const needs = { parameters, model, images: chunk, microBatch: 1, workers };
  const session = await startForwardSession(needs, onNotice);
  try {
    const { memory } = session;
    for (let first = 0; first < count; first += chunk) {
      // The last chunk may be short; behind its end stay images of the one before.
      const part = images.subarray(first * imageSize, (first + chunk) * imageSize);
      memory.images.set(part);
      for (let label = 0; label < classCount; label++) {
        memory.labels.fill(label);
        await session.evaluate();
        for (let index = 0; index < part.length / imageSize; index++) {
          probabilities[(first + index) * classCount + label] = Math.exp(-memory.shardLoss(index));
        }
      }
      predictions.set(memory.predictions.subarray(0, part.length / imageSize), first);
    }
    normalizeRows(probabilities);
    return { predictions, probabilities };
  } finally {
    await session.stop();
  }
}

/** Single precision leaves their sums some 1e-7 off. */
function normalizeRows(probabilities: Float64Array): void {
  for (let first = 0; first < probabilities.length; first += classCount) {
    const row = probabilities.subarray(first, first + classCount);
    const sum = row.reduce((total, value) => total + value, 0);
    for (const [label, value] of row.entries()) row[label] = value / sum;
  }
}
