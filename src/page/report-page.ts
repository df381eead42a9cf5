import { classNames } from '../shared/model.ts';
import type { ReportView } from '../shared/report-view.ts';
import { accuracyCurves, learningRateCurve, lossCurves, throughputCurves } from './charts/curves.ts';
import { WorkerTimeline } from './charts/worker-timeline.ts';
import { element } from './element.ts';
import { classTable } from './sections/class-table.ts';
import { confusionTable } from './sections/confusion-table.ts';
import { epochTable } from './sections/epoch-table.ts';
import { keyFigures } from './sections/key-figures.ts';
import { mistakesGallery } from './sections/mistakes.ts';
import { runDetails } from './sections/run-details.ts';
import { runHeader } from './sections/run-header.ts';

/** The page of a run as it lies in its folder, with what its best weights do on the test images. */
export function reportPage({ run, test, made }: ReportView) {
  const header = runHeader('report');
  const figures = keyFigures();
  const details = runDetails('wide');
  const epochs = epochTable();
  const workers = 1 + run.workerTimes.reduce((most, { worker }) => Math.max(most, worker), -1);
  const charts = [
    lossCurves(run.stepLosses.length > 0),
    accuracyCurves(),
    ...learningRateCurve(run),
    ...(run.throughput.length > 0 ? [throughputCurves(run.throughput[0]?.perWorker.length ?? 0)] : []),
    ...(workers > 0 ? [new WorkerTimeline(workers)] : []),
  ];
  const root = element(
    'div',
    { class: 'sections' },
    header.root,
    figures.root,
    element('div', { class: 'columns' }, ...charts.map((chart) => chart.root)),
    ...testSections(),
    epochs.root,
    element('footer', {
      text: `Made ${made} by lockstep report. Everything is in this file; it asks no server.`,
    }),
  );

  function testSections(): HTMLElement[] {
    if ('missing' in test) {
      const notice = element(
        'section',
        { class: 'card' },
        element('h2', { text: 'Test images' }),
        element('p', { class: 'note', text: test.missing }),
      );
      return [notice, details.root];
    }
    const confusion = confusionTable(classNames);
    const images = `${test.samples.toLocaleString('en-US')} test images`;
    const which = run.best === undefined ? 'the best weights' : `the weights of epoch ${run.best.epoch}`;
    confusion.draw({
      matrix: test.confusion,
      caption: `Of ${images}, by ${which}. Shaded by the share of the true class.`,
    });
    return [
      element('div', { class: 'columns wide-first' }, confusion.root, classTable(test)),
      mistakesGallery(test, classNames),
      details.root,
    ];
  }

  return {
    root,
    draw: () => {
      for (const section of [header, details, epochs, ...charts]) section.draw(run);
      figures.draw(run, 'missing' in test ? undefined : test);
    },
  };
}
