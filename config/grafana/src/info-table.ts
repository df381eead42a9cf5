import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { numbered } from './panels.ts';
import { ofRun, tableQuery } from './queries.ts';
import { pickedDatasource } from './variables.ts';

export interface InfoTableContent {
  title: string;
  description: string;
  /** A metric that is always 1 and whose labels are the information. */
  info: string;
  /** Headings by label, in their order. */
  columns: Readonly<Record<string, string>>;
}

const tableHeight = 4;
/** Columns that every such query has, and that tell nothing here. */
const otherColumns = ['Time', 'Value', '__name__', 'job', 'instance'];

/** The labels of a metric as a table; of a run that is over, too, as long as the time range has it. */
export function infoTable({ title, description, info, columns }: InfoTableContent): TableBuilder {
  return new TableBuilder()
    .title(title)
    .description(description)
    .datasource(pickedDatasource)
    .targets(numbered([tableQuery(`last_over_time(${ofRun(info)}[$__range])`)]))
    .height(tableHeight)
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(otherColumns.map((name) => [name, true])),
        indexByName: Object.fromEntries(Object.keys(columns).map((label, index) => [label, index])),
        renameByName: columns,
      },
    });
}
