import { curves } from '../panels.ts';
import { ofRun, query } from '../queries.ts';

/** In seconds; only while the run trains. */
export const checkpointAge = `time() - ${ofRun('lockstep_checkpoint_last_success_timestamp_seconds')} and ${ofRun('lockstep_run_active')} == 1`;

const age = curves({
  title: 'Checkpoint age',
  description: 'While the run trains: what would be lost if the process died.',
  unit: 's',
  width: 6,
  queries: [query(checkpointAge, 'age')],
})
  .min(0)
  .fillOpacity(10);

/** Checkpoints are rarer than steps: a window of the panel's own resolution would mostly be empty. */
const durationQuantile = (quantile: number) =>
  `histogram_quantile(${quantile}, sum by (le) (rate(${ofRun('lockstep_checkpoint_duration_seconds_bucket')}[5m])))`;

const duration = curves({
  title: 'Checkpoint duration',
  description: 'Until it is safe on the disk, over the last five minutes. The run trains on meanwhile.',
  unit: 's',
  width: 6,
  queries: [query(durationQuantile(0.5), 'median'), query(durationQuantile(0.95), '95th percentile')],
}).min(0);

const size = curves({
  title: 'Checkpoint size',
  description:
    'Of the last one. It holds the parameters, both moments of Adam and the best weights; only the history grows.',
  unit: 'bytes',
  width: 6,
  queries: [query(ofRun('lockstep_checkpoint_size_bytes'), 'size')],
}).min(0);

const failures = curves({
  title: 'Checkpoints that failed',
  description: 'The first one ends the run, with exit code 4.',
  unit: 'none',
  width: 6,
  queries: [query(ofRun('lockstep_checkpoint_failures_total'), 'failed')],
})
  .decimals(0)
  .min(0)
  .axisSoftMax(1);

/** What would a power cut cost? */
export const checkpointsRow = { title: 'Checkpoints', panels: [age, duration, size, failures] };
