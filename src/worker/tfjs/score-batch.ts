import { classCount } from '../../shared/model.ts';
import type { Evaluation } from '../engine.ts';

/**
 * Adds up a batch on the host, where a sum has double precision and a tie of logits has a known winner: the lowest class,
 * as with every other engine.
 * @param losses float32[n] nats
 * @param logits float32[n, 10]
 * @param labels uint8[n]
 */
export function scoreBatch(losses: Float32Array, logits: Float32Array, labels: Uint8Array): ScoredBatch {
  const predictions = labels.map((_, sample) => largest(logits, sample * classCount));
  return {
    lossSum: losses.reduce((sum, loss) => sum + loss, 0),
    correct: predictions.filter((prediction, sample) => prediction === labels[sample]).length,
    predictions,
  };
}

type ScoredBatch = Evaluation;

function largest(logits: Float32Array, first: number): number {
  let best = 0;
  for (let k = 1; k < classCount; k++) {
    if ((logits[first + k] as number) > (logits[first + best] as number)) best = k;
  }
  return best;
}
