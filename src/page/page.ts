import type { ReportView } from '../shared/report-view.ts';
import type { RunView } from '../shared/run-view.ts';
import { element, setText } from './element.ts';
import { type ConnectionState, followRun } from './live-connection.ts';
import { chartFont } from './palette.ts';
import { reportPage } from './report-page.ts';
import { runPage } from './run-page.ts';

const connectionTexts: Record<ConnectionState, string> = {
  waiting: 'Waiting for the run to begin: it reads its data and starts its workers.',
  open: '',
  lost: 'The connection is lost: the run has ended, or cannot be reached. Trying again …',
  crowded:
    'Too many pages watch this run already. This is how it stood when the page was loaded; reload it to look again.',
  ended: '',
};

const page = document.querySelector('#page') as HTMLElement;
/** A report carries its data; the live page asks for them. */
const reportData = document.querySelector('#report-data')?.textContent;

// Canvases do not draw themselves anew when a font arrives.
void document.fonts.load(chartFont).finally(() => {
  if (reportData === null || reportData === undefined) showRun();
  else showReport(JSON.parse(reportData) as ReportView);
});

function showReport(view: ReportView): void {
  const report = reportPage(view);
  page.append(report.root);
  report.draw();
}

function showRun(): void {
  const notice = element('p', {
    class: 'notice',
    text: connectionTexts.waiting,
    attributes: { role: 'status' },
  });
  page.append(notice);
  let drawn: ReturnType<typeof runPage> | undefined;
  let run = '';
  followRun(
    (view: RunView) => {
      if (drawn === undefined || view.run !== run || view.devices.length !== drawn.workers) {
        drawn?.root.remove();
        drawn = runPage(view);
        run = view.run;
        page.append(drawn.root);
      }
      drawn.draw(view);
    },
    (state) => {
      setText(notice, connectionTexts[state]);
      notice.hidden = connectionTexts[state] === '';
    },
  );
}
