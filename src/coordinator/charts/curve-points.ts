import { bestEpoch, type EpochRecord } from '../run/history.ts';

/** One run in the picture. */
export interface RunCurves {
  /** Shown in the legend where there are several runs. */
  label: string;
  history: readonly EpochRecord[];
}

/** One epoch of one curve, in the units of the axes. */
export interface CurvePoint {
  /** Position of the run among those drawn. */
  run: number;
  split: 'Training' | 'Validation';
  epoch: number;
  loss: number;
  /** In percent. */
  accuracy: number;
}

/** Training first, so that validation is drawn over it. */
export function listPoints({ history }: RunCurves, run: number): CurvePoint[] {
  const training = history.map(({ epoch, trainLoss, trainAccuracy }) => ({
    run,
    split: 'Training' as const,
    epoch,
    loss: trainLoss,
    accuracy: 100 * trainAccuracy,
  }));
  return [...training, ...history.map((record) => validationPoint(record, run))];
}

/** The point whose weights are kept: none in an empty history. */
export function listBestPoint({ history }: RunCurves, run: number): CurvePoint[] {
  const best = bestEpoch(history);
  return best === undefined ? [] : [validationPoint(best, run)];
}

function validationPoint(
  { epoch, validationLoss, validationAccuracy }: EpochRecord,
  run: number,
): CurvePoint {
  return { run, split: 'Validation', epoch, loss: validationLoss, accuracy: 100 * validationAccuracy };
}
