import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
} from '@grafana/grafana-foundation-sdk/common';
import { curves, thresholds } from '../panels.ts';
import { ofRun, query, rateOf } from '../queries.ts';

const workerName = 'worker {{worker}} ({{device}})';
const secondsPerMicroShard = `${rateOf('lockstep_worker_compute_seconds_total')} / ${rateOf('lockstep_worker_micro_shards_total')}`;

const computeShare = curves({
  title: 'Time spent computing',
  description:
    'Of each worker, of all its time. What is missing to 100 % goes into waiting, updates and validations.',
  unit: 'percentunit',
  width: 8,
  queries: [query(rateOf('lockstep_worker_compute_seconds_total'), workerName)],
})
  .min(0)
  .max(1);

const waitShare = curves({
  title: 'Time spent waiting',
  description:
    'Of each worker, of all its time. Much of it in all workers: too many workers for this batch, or for these processors. Little in one and much in the others: they wait for that one.',
  unit: 'percentunit',
  width: 8,
  queries: [query(rateOf('lockstep_worker_wait_seconds_total'), workerName)],
})
  .min(0)
  .max(1);

const microShardTime = curves({
  title: 'Time of a micro-shard',
  description:
    'Of each worker. All micro-shards are the same work: a curve above the others is a worker on a slower or busier processor.',
  unit: 's',
  width: 8,
  queries: [query(secondsPerMicroShard, workerName)],
}).min(0);

const straggler = curves({
  title: 'Slowest worker against the mean',
  description:
    'Its time of a micro-shard over that of all workers. Always 1 with one worker; above 1.5 it is a straggler.',
  unit: 'suffix: ×',
  width: 12,
  queries: [query(`max(${secondsPerMicroShard}) / avg(${secondsPerMicroShard})`, 'slowest / mean')],
})
  .decimals(2)
  .axisSoftMin(1)
  .axisSoftMax(2)
  .thresholds(thresholds('transparent', { 1.5: 'orange' }))
  .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));

const restarts = curves({
  title: 'Workers replaced',
  description: 'Of each worker, since the process began. The run’s terminal has the reasons.',
  unit: 'none',
  width: 12,
  queries: [query(ofRun('lockstep_worker_restarts_total'), workerName)],
})
  .decimals(0)
  .min(0)
  .axisSoftMax(1);

/** Is one worker slower than the others? */
export const workersRow = {
  title: 'Workers',
  panels: [computeShare, waitShare, microShardTime, straggler, restarts],
};
