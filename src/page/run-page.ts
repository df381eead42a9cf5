import { classNames } from '../shared/model.ts';
import type { RunView } from '../shared/run-view.ts';
import { accuracyCurves, learningRateCurve, lossCurves, throughputCurves } from './charts/curves.ts';
import { WorkerTimeline } from './charts/worker-timeline.ts';
import { element } from './element.ts';
import { confusionTable } from './sections/confusion-table.ts';
import { epochTable } from './sections/epoch-table.ts';
import { keyFigures } from './sections/key-figures.ts';
import { runDetails } from './sections/run-details.ts';
import { runHeader } from './sections/run-header.ts';

/** The page of a run that goes on. */
export function runPage(view: RunView) {
  const workers = view.devices.length;
  const confusion = confusionTable(classNames);
  const header = runHeader('run');
  const figures = keyFigures();
  const details = runDetails('column');
  const epochs = epochTable();
  const charts = [
    lossCurves(true),
    accuracyCurves(),
    ...learningRateCurve(view),
    throughputCurves(workers),
    new WorkerTimeline(workers),
  ];
  const root = element(
    'div',
    { class: 'sections' },
    header.root,
    figures.root,
    element('div', { class: 'columns' }, ...charts.map((chart) => chart.root)),
    element('div', { class: 'columns wide-first' }, confusion.root, details.root),
    epochs.root,
  );
  return {
    root,
    workers,
    draw: (now: RunView) => {
      for (const section of [header, figures, ...charts, details, epochs]) section.draw(now);
      confusion.draw({ matrix: now.confusion?.matrix, caption: describeConfusion(now) });
    },
  };
}

function describeConfusion({ confusion, validationSamples }: RunView): string {
  const images = `${validationSamples?.toLocaleString('en-US') ?? 'the'} validation images`;
  return confusion === undefined
    ? `Of ${images}, after the first epoch.`
    : `Of ${images}, after epoch ${confusion.epoch}. Shaded by the share of the true class.`;
}
