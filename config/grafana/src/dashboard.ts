import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { alertAnnotation } from './alert-annotation.ts';
import { checkpointsRow } from './rows/checkpoints.ts';
import { learningRow } from './rows/learning.ts';
import { processRow } from './rows/process.ts';
import { progressRow } from './rows/progress.ts';
import { speedRow } from './rows/speed.ts';
import { stepsRow } from './rows/steps.ts';
import { workersRow } from './rows/workers.ts';
import { datasourceVariable, instanceVariable, jobVariable } from './variables.ts';

const rows: readonly { title: string; panels: readonly Builder<Panel>[] }[] = [
  progressRow,
  learningRow,
  speedRow,
  stepsRow,
  workersRow,
  checkpointsRow,
  processRow,
];

/** The dashboard of one run, in the classic format, which Grafana reads from files. */
export function lockstepDashboard(): Dashboard {
  const builder = new DashboardBuilder('Lockstep')
    .uid('lockstep')
    .description('One run: progress, learning, speed, workers, checkpoints and process.')
    .tags(['lockstep', 'training'])
    .time({ from: 'now-15m', to: 'now' })
    .refresh('5s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(datasourceVariable)
    .withVariable(jobVariable)
    .withVariable(instanceVariable)
    .annotation(alertAnnotation);
  for (const { title, panels } of rows) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  // Links to a panel name its number.
  dashboard.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  return dashboard;
}
