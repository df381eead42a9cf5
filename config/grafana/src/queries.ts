import {
  DataqueryBuilder,
  PromQueryFormat,
  QueryEditorMode,
} from '@grafana/grafana-foundation-sdk/prometheus';
import { pickedDatasource } from './variables.ts';

/**
 * The run that was picked, as the selector of a metric.
 * @param matchers further ones, like `phase="wait"`
 */
export function ofRun(metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${['job="$job"', 'instance="$instance"', ...matchers].join(', ')}}`;
}

/** Per second, over a window that is wide enough for the scrape interval and for the resolution of the panel. */
export function rateOf(counter: string, ...matchers: readonly string[]): string {
  return `rate(${ofRun(counter, ...matchers)}[$__rate_interval])`;
}

/**
 * A query over the dashboard's time range.
 * @param legend name of its series: `{{label}}` stands for a label's value
 */
export function query(expression: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .datasource(pickedDatasource)
    .editorMode(QueryEditorMode.Code)
    .expr(expression)
    .legendFormat(legend)
    .range();
}

/** A query of the moment at the end of the time range: for what must not be shown when it is gone. */
export function instantQuery(expression: string, legend: string): DataqueryBuilder {
  return query(expression, legend).instant();
}

/** The labels of series as a row of a table, at the end of the time range. */
export function tableQuery(expression: string): DataqueryBuilder {
  return instantQuery(expression, '').format(PromQueryFormat.Table);
}
