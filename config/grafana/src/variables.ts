import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** Whatever the viewer picked at the top: no panel names a data source of its own. */
export const pickedDatasource: DataSourceRef = { type: 'prometheus', uid: '$datasource' };

export const datasourceVariable = new DatasourceVariableBuilder('datasource')
  .label('Data source')
  .description('The Prometheus that scrapes the run, or its Pushgateway.')
  .type('prometheus');

export const jobVariable = labelVariable('job', 'lockstep_run_active')
  .label('Job')
  .description('As the scrape configuration or the push names it: lockstep.');

export const instanceVariable = labelVariable('instance', 'lockstep_run_active{job="$job"}')
  .label('Run')
  .description('Where a run is scraped; a pushed run is named by when it began.');

/** @param series whose values of the label, within the dashboard's time range, can be picked from */
function labelVariable(label: string, series: string): QueryVariableBuilder {
  const query = `label_values(${series}, ${label})`;
  return (
    new QueryVariableBuilder(label)
      .datasource(pickedDatasource)
      // 1: values of a label.
      .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
      .definition(query)
      // A run that is over is found as long as the time range has it.
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalDesc)
  );
}
