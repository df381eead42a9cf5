import type { WorkerTime } from '../../shared/run-view.ts';
import type { ColourName } from '../palette.ts';

interface Phase {
  name: string;
  colour: ColourName;
  seconds: (time: WorkerTime) => number;
}

/** What a worker's time goes into; in a lane of the timeline from the bottom to the top. */
export const phases: readonly Phase[] = [
  { name: 'Compute', colour: '--compute', seconds: ({ compute }) => compute },
  { name: 'Update', colour: '--update', seconds: ({ update }) => update },
  { name: 'Evaluate', colour: '--evaluation', seconds: ({ evaluation }) => evaluation },
  { name: 'Wait', colour: '--wait', seconds: ({ wait }) => wait },
  { name: 'Other', colour: '--other', seconds: otherSeconds },
];

/** Of the coordinator's part of an epoch, of bookkeeping, and of a worker that was not there. */
function otherSeconds({ from, to, compute, update, evaluation, wait }: WorkerTime): number {
  return Math.max(0, to - from - compute - update - evaluation - wait);
}
