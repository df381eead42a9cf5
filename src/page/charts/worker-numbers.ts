import type { RunView, WorkerTime } from '../../shared/run-view.ts';
import { element } from '../element.ts';
import { formatCount, formatDuration, unknown } from '../format.ts';
import { phases } from './worker-phases.ts';

/** What the timeline shows, in numbers: a row for each worker, over the whole run. */
export function workerNumbers(workers: number) {
  const heads = ['Worker', 'Device', 'Samples', ...phases.map(({ name }) => name), 'Restarts'];
  const cells = heads.map((text) => element('th', { text, attributes: { scope: 'col' } }));
  const body = element('tbody');
  const table = element(
    'table',
    { class: 'numbers' },
    element('thead', {}, element('tr', {}, ...cells)),
    body,
  );
  const root = element(
    'details',
    {},
    element('summary', { text: 'Numbers' }),
    element('div', { class: 'scroll' }, table),
  );
  const row = (worker: number, { workerTimes, devices }: RunView) => {
    const times = workerTimes.filter((time) => time.worker === worker);
    const sum = (value: (time: WorkerTime) => number) =>
      times.reduce((total, each) => total + value(each), 0);
    const texts = [
      devices[worker] ?? unknown,
      formatCount(sum(({ samples }) => samples)),
      ...phases.map(({ seconds }) => formatDuration(sum(seconds))),
      String(sum(({ restarts }) => restarts)),
    ];
    return element(
      'tr',
      {},
      element('th', { text: String(worker), attributes: { scope: 'row' } }),
      ...texts.map((text) => element('td', { text })),
    );
  };
  let drawn: RunView['workerTimes'] = [];
  return {
    root,
    draw: (view: RunView) => {
      if (view.workerTimes === drawn) return;
      drawn = view.workerTimes;
      body.replaceChildren(...Array.from({ length: workers }, (_, worker) => row(worker, view)));
    },
  };
}
