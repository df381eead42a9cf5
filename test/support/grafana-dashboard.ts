import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const folder = fileURLToPath(new URL('../../config/grafana/', import.meta.url));

interface DatasourceReference {
  type?: string;
  uid?: string;
}

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: DatasourceReference;
  fieldConfig?: { defaults: { unit?: string } };
  targets?: {
    refId: string;
    expr: string;
    legendFormat: string;
    range: boolean;
    instant: boolean;
    datasource?: DatasourceReference;
  }[];
}

interface Dashboard {
  uid: string;
  panels: Panel[];
  templating: { list: { name: string; type: string; definition?: string }[] };
  annotations: { list: { name: string; expr: string; datasource: DatasourceReference }[] };
}

/** As it is committed. */
export const dashboardText = readFileSync(`${folder}/dashboards/lockstep.json`, 'utf8');
export const dashboard = JSON.parse(dashboardText) as Dashboard;

/** Without the rows' headings. */
export const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** What is provisioned as the data source's scrape interval. */
export const datasourceInterval: string = parse(
  readFileSync(`${folder}/provisioning/datasources/prometheus.yml`, 'utf8'),
).datasources[0].jsonData.timeInterval;

/** Metric and label of each variable that is picked from a list: `label_values(metric, label)`. */
export const labelVariables = dashboard.templating.list
  .filter(({ type }) => type === 'query')
  .map(({ name, definition }) => {
    const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition as string) as RegExpExecArray;
    return { name, selector: selector as string, label: label as string };
  });

/** The last minutes that a viewer looks at in the tests. */
export const rangeSeconds = 300;

/**
 * Puts values in the places of variables, as Grafana does: a window of rates is the scrape interval four times, or the
 * resolution and one interval, if that is more; here the resolution is a second.
 * @throws Error if a variable is left that has no value
 */
export function interpolate(expression: string, values: Readonly<Record<string, string>>): string {
  const all: Record<string, string> = {
    ...values,
    __rate_interval: `${4 * Number.parseInt(datasourceInterval, 10)}s`,
    __range: `${rangeSeconds}s`,
  };
  return expression.replace(/\$(\w+)/g, (_, name: string) => {
    const value = all[name];
    if (value === undefined) throw new Error(`$${name} has no value in ${expression}`);
    return value;
  });
}
