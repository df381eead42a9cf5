import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { BarGaugeDisplayMode, VizOrientation } from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId, MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { infoTable } from '../info-table.ts';
import { lastValue, numbered, stat, statHeight, thresholds } from '../panels.ts';
import { instantQuery, ofRun, query } from '../queries.ts';
import { pickedDatasource } from '../variables.ts';
import { checkpointAge } from './checkpoints.ts';

const state = stat({
  title: 'State',
  description: 'Whether the run trains. Gone: nothing answers any more; its last numbers stay to be seen.',
  unit: 'none',
  width: 3,
  queries: [instantQuery(ofRun('lockstep_run_active'), 'state')],
})
  .mappings([
    {
      type: MappingType.ValueToText,
      options: {
        '0': { text: 'not training', index: 0 },
        '1': { text: 'training', color: 'green', index: 1 },
      },
    },
  ])
  .noValue('gone');

const progress = new BarGaugeBuilder()
  .title('Progress')
  .description('Steps that were taken, of the whole run and of its current epoch.')
  .datasource(pickedDatasource)
  .targets(
    numbered([
      query(ofRun('lockstep_run_progress_ratio'), 'run'),
      query(ofRun('lockstep_epoch_progress_ratio'), 'epoch'),
    ]),
  )
  .unit('percentunit')
  .decimals(0)
  .min(0)
  .max(1)
  .span(6)
  .height(statHeight)
  .displayMode(BarGaugeDisplayMode.Basic)
  .orientation(VizOrientation.Horizontal)
  .reduceOptions(lastValue())
  .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue'));

const timeLeft = stat({
  title: 'Time left',
  description: 'Estimate, at the current speed, with the validations that are to come.',
  unit: 's',
  width: 3,
  queries: [query(ofRun('lockstep_time_left_seconds'), 'time left')],
}).decimals(0);

const bestAccuracy = stat({
  title: 'Best validation accuracy',
  description: 'Of all epochs so far. The weights of that epoch lie in best.safetensors.',
  unit: 'percentunit',
  width: 3,
  queries: [query(ofRun('lockstep_best_validation_accuracy_ratio'), 'best')],
})
  .decimals(2)
  .min(0)
  .max(1);

const throughput = stat({
  title: 'Speed',
  description: 'Training samples per second, over the last ten seconds of training.',
  unit: 'suffix: samples/s',
  width: 3,
  queries: [query(ofRun('lockstep_throughput_samples_per_second'), 'speed')],
}).decimals(0);

const restarts = stat({
  title: 'Workers replaced',
  description:
    'All of them, since the process began. A sound run has none; a few cost time, but change no result.',
  unit: 'none',
  width: 3,
  queries: [query(`sum(${ofRun('lockstep_worker_restarts_total')})`, 'replaced')],
}).thresholds(thresholds('green', { 1: 'orange', 5: 'red' }));

const lastCheckpoint = stat({
  title: 'Last checkpoint',
  description: 'What would be lost if the process died now.',
  unit: 's',
  width: 3,
  queries: [query(checkpointAge, 'age')],
})
  .decimals(0)
  .thresholds(thresholds('green', { 600: 'orange' }));

const configuration = infoTable({
  title: 'What is trained',
  description:
    'The settings that the result depends on, and the number of workers, on which it does not. A line for each run in the time range.',
  info: 'lockstep_run_info',
  columns: {
    model: 'model',
    workers: 'workers',
    epochs: 'epochs',
    batch_size: 'batch size',
    micro_batch: 'micro-batch',
    seed: 'seed',
  },
}).span(18);

const versions = infoTable({
  title: 'Versions',
  description: 'What trains it.',
  info: 'lockstep_build_info',
  columns: { version: 'lockstep', node: 'Node.js' },
}).span(6);

/** Is it running, how far, how well? */
export const progressRow = {
  title: 'Progress',
  panels: [
    state,
    progress,
    timeLeft,
    bestAccuracy,
    throughput,
    restarts,
    lastCheckpoint,
    configuration,
    versions,
  ],
};
