import { curves, stackedCurves } from '../panels.ts';
import { ofRun, query, rateOf } from '../queries.ts';

const samplesPerSecond = curves({
  title: 'Samples per second',
  description:
    'Now: over a few seconds, validations and pauses included. Training: over the last ten seconds of training alone. The first far below the second: much time goes into validations.',
  unit: 'short',
  width: 12,
  queries: [
    query(rateOf('lockstep_samples_total'), 'now'),
    query(ofRun('lockstep_throughput_samples_per_second'), 'training'),
  ],
}).min(0);

const samplesPerSecondByWorker = stackedCurves({
  title: 'Samples per second by worker',
  description:
    'One upon the other: together they are the upper curve. Workers take micro-shards as they get done, so a slower one takes fewer and holds nobody up.',
  unit: 'short',
  width: 12,
  queries: [query(rateOf('lockstep_worker_samples_total'), 'worker {{worker}} ({{device}})')],
});

/** How fast is it? */
export const speedRow = { title: 'Speed', panels: [samplesPerSecond, samplesPerSecondByWorker] };
