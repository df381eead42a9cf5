import type { ModelOptions } from '../shared/model-options.ts';
import type { Scores } from './data-parallel.ts';
import { startForwardSession } from './forward-session.ts';

interface Classification extends Scores {
  /** uint8[n]. */
  predictions: Uint8Array;
  /** Sum of the cross-entropy over the samples of each micro-batch, in nats. */
  lossSums: number[];
}

/**
 * Runs images through the model.
 * @param request.parameters float32[parameterLayout(model).length]
 * @param request.images uint8[n, 28, 28], n at least 1
 * @param request.labels uint8[n]: what the losses are reckoned against
 */
export async function classify(
  request: {
    parameters: Float32Array;
    images: Uint8Array;
    labels: Uint8Array;
    model: ModelOptions;
    microBatch: number;
    workers: number;
  },
  onNotice: (text: string) => void,
): Promise<Classification> {
  const { parameters, images, labels, model, microBatch, workers } = request;
  const count = labels.length;
  const needs = { parameters, model, images: count, microBatch, workers };
  const session = await startForwardSession(needs, onNotice);
  try {
    const { memory } = session;
    memory.images.set(images);
    memory.labels.set(labels);
    const scores = await session.evaluate();
    const lossSums = Array.from({ length: Math.ceil(count / microBatch) }, (_, shard) =>
      memory.shardLoss(shard),
    );
    return { ...scores, predictions: memory.predictions.slice(), lossSums };
  } finally {
    await session.stop();
  }
}
