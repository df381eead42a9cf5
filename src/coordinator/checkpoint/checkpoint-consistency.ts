import { describeNonFinite, parameterLayout } from '../../shared/parameters.ts';
import { bestEpoch } from '../run/history.ts';
import { hashWeights } from '../weights-hash.ts';
import type { Checkpoint, TrainingCursor } from './checkpoint.ts';

/**
 * Finds where a checkpoint contradicts itself: a file can be whole, with the right hash, and still be nothing that a run of
 * this program ever was in. What depends on the size of the data set is checked when that is known, see training-setup.ts.
 * @returns what is wrong, for an error; undefined for a sound checkpoint
 */
export function findContradiction(checkpoint: Checkpoint): string | undefined {
  return (
    checkConfig(checkpoint) ??
    checkCursor(checkpoint) ??
    checkTotals(checkpoint) ??
    checkTensors(checkpoint) ??
    checkWeightsOfHistory(checkpoint)
  );
}

function checkConfig({ config: { microBatch, batchSize } }: Checkpoint): string | undefined {
  if (microBatch <= batchSize) return undefined;
  return `microBatch ${microBatch} is larger than batchSize ${batchSize}`;
}

function checkCursor({ config, cursor, history }: Checkpoint): string | undefined {
  const { epoch, step, globalStep } = cursor;
  if (epoch > config.epochs + 1) return `epoch ${epoch} of ${config.epochs}`;
  if (epoch > config.epochs && step > 0) return `step ${step} behind the last epoch`;
  if (history.length !== epoch - 1) return `${history.length} rows of history in epoch ${epoch}`;
  if (!isReachable(cursor)) return `globalStep ${globalStep} at step ${step} of epoch ${epoch}`;
  return undefined;
}

/** Each epoch has the same number of steps, of which the one under way cannot have taken more. */
function isReachable({ epoch, step, globalStep }: TrainingCursor): boolean {
  const before = globalStep - step;
  if (epoch === 1) return before === 0;
  const steps = before / (epoch - 1);
  return Number.isInteger(steps) && steps >= 1 && step <= steps;
}

function checkTotals({ config, cursor, totals }: Checkpoint): string | undefined {
  const samples = config.batchSize * config.accumulate;
  if (totals.correct > cursor.step * samples)
    return `${totals.correct} correct predictions after ${cursor.step} steps of ${samples} samples`;
  if (cursor.step === 0 && totals.lossSum !== 0)
    return `a loss of ${totals.lossSum} before the epoch's first step`;
  return undefined;
}

function checkTensors(checkpoint: Checkpoint): string | undefined {
  const { parameters, firstMoments, secondMoments, averages, bestParameters } = checkpoint;
  const layout = parameterLayout(checkpoint.config);
  const problem =
    describeNonFinite(parameters, layout) ??
    describeNonFinite(firstMoments, layout) ??
    (averages === undefined ? undefined : describeNonFinite(averages, layout)) ??
    (bestParameters === undefined ? undefined : describeNonFinite(bestParameters, layout));
  if (problem !== undefined) return problem;
  // Infinity is possible: the square of a large, but finite gradient.
  const index = secondMoments.findIndex((value) => !(value >= 0));
  const tensor = layout.tensors.find(({ offset, length }) => index >= offset && index < offset + length);
  if (tensor === undefined) return undefined;
  return `the second moment of ${tensor.name}[${index - tensor.offset}] is ${secondMoments[index]}`;
}

function checkWeightsOfHistory({
  cursor,
  history,
  parameters,
  averages,
  bestParameters,
}: Checkpoint): string | undefined {
  const best = bestEpoch(history);
  if ((best === undefined) !== (bestParameters === undefined))
    return `${history.length} rows of history ${best === undefined ? 'with' : 'without'} best weights`;
  if (
    best !== undefined &&
    bestParameters !== undefined &&
    hashWeights(bestParameters) !== best.weightsSha256
  )
    return `the best weights are not those of epoch ${best.epoch} in the history`;
  const last = history.at(-1);
  if (cursor.step === 0 && last !== undefined && hashWeights(averages ?? parameters) !== last.weightsSha256)
    return `the weights are not those of epoch ${last.epoch} in the history`;
  return undefined;
}
