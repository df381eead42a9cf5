import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { ofRun } from './queries.ts';
import { pickedDatasource } from './variables.ts';

/** Marks in all curves when an alert of config/prometheus fired. */
export const alertAnnotation = new AnnotationQueryBuilder()
  .name('Alerts')
  .datasource(pickedDatasource)
  .enable(true)
  .iconColor('red')
  .expr(ofRun('ALERTS', 'alertstate="firing"', 'alertname=~"Lockstep.+"'))
  .titleFormat('{{alertname}}')
  .textFormat('{{severity}}')
  .step('5s');
