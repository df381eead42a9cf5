import type { TestResults } from '../../shared/report-view.ts';
import type { RunView } from '../../shared/run-view.ts';
import { element, setText } from '../element.ts';
import { formatCount, formatDuration, formatLoss, formatPercent, unknown } from '../format.ts';

interface Figure {
  name: string;
  value: string;
  note: string;
}

/** The few numbers that everybody looks for first. */
export function keyFigures() {
  const tiles = Array.from({ length: 4 }, () => ({
    name: element('dt'),
    value: element('dd', { class: 'value' }),
    note: element('dd', { class: 'note' }),
  }));
  const root = element(
    'dl',
    { class: 'key-figures' },
    ...tiles.map(({ name, value, note }) => element('div', { class: 'card' }, name, value, note)),
  );
  return {
    root,
    draw: (view: RunView, test?: TestResults) => {
      for (const [index, figure] of listFigures(view, test).entries()) {
        const tile = tiles[index];
        if (tile === undefined) continue;
        setText(tile.name, figure.name);
        setText(tile.value, figure.value);
        setText(tile.note, figure.note);
      }
    },
  };
}

function listFigures(view: RunView, test: TestResults | undefined): Figure[] {
  const last = view.history.at(-1);
  return [
    test === undefined ? validationFigure(view) : testFigure(test),
    test === undefined
      ? {
          name: 'Validation loss',
          value: last === undefined ? unknown : formatLoss(last.validationLoss),
          note: last === undefined ? '' : `training ${formatLoss(last.trainLoss)}`,
        }
      : validationFigure(view),
    throughputFigure(view),
    {
      name: 'Time',
      value: formatDuration(view.progress.seconds),
      note: 'with validation',
    },
  ];
}

function validationFigure({ best }: RunView): Figure {
  return {
    name: 'Validation accuracy',
    value: best === undefined ? unknown : formatPercent(best.validationAccuracy, 2),
    note: best === undefined ? 'after the first epoch' : `best, epoch ${best.epoch}`,
  };
}

function testFigure({ accuracy, samples }: TestResults): Figure {
  return {
    name: 'Test accuracy',
    value: formatPercent(accuracy, 2),
    note: `${formatCount(samples)} test images`,
  };
}

function throughputFigure({ throughput, devices }: RunView): Figure {
  const last = throughput.at(-1);
  const workers =
    devices.length === 0 ? '' : `, ${devices.length} ${devices.length === 1 ? 'worker' : 'workers'}`;
  return {
    name: 'Throughput',
    value: last === undefined ? unknown : formatCount(last.samplesPerSecond),
    note: `samples/s${workers}`,
  };
}
