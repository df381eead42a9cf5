import { curves, stackedCurves } from '../panels.ts';
import { query, rateOf } from '../queries.ts';

const meaning =
  'Compute: forward and backward. Wait: for other workers. Reduce: adding the gradients up. Optimizer: Adam. Gather: exchange with other machines.';

/** @param quantile 0 to 1 */
const phaseQuantile = (quantile: number) =>
  query(
    `histogram_quantile(${quantile}, sum by (phase, le) (${rateOf('lockstep_step_duration_seconds_bucket')}))`,
    '{{phase}}',
  );

const mean = stackedCurves({
  title: 'Time of a step',
  description: `What a step spends its time on, on average; together they are the step. ${meaning}`,
  unit: 's',
  width: 8,
  queries: [
    query(
      `sum by (phase) (${rateOf('lockstep_step_duration_seconds_sum')})` +
        ` / sum by (phase) (${rateOf('lockstep_step_duration_seconds_count')})`,
      '{{phase}}',
    ),
  ],
});

const median = curves({
  title: 'Step phases, median',
  description: `Half of the steps take no longer in this phase. ${meaning}`,
  unit: 's',
  width: 8,
  queries: [phaseQuantile(0.5)],
}).min(0);

const slowest = curves({
  title: 'Step phases, 95th percentile',
  description: `One step in twenty takes longer in this phase. Far above the median: something gets in the way now and then, like another program on the same processors. ${meaning}`,
  unit: 's',
  width: 8,
  queries: [phaseQuantile(0.95)],
}).min(0);

/** Where does the time go? */
export const stepsRow = { title: 'Steps', panels: [mean, median, slowest] };
