import type { RunView } from '../../shared/run-view.ts';
import { element } from '../element.ts';
import { formatCount, formatDuration, formatLoss, formatPercent } from '../format.ts';

/** All epochs in numbers, the last one first. */
export function epochTable() {
  const body = element('tbody');
  const heads = [
    ...['Epoch', 'Training loss', 'Validation loss', 'Training accuracy', 'Validation accuracy'],
    ...['Time', 'Samples/s'],
  ];
  const root = element(
    'section',
    { class: 'card epochs' },
    element('div', { class: 'card-head' }, element('h2', { text: 'Epochs' })),
    element(
      'div',
      { class: 'scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': 'Table of the epochs' } },
      element(
        'table',
        { class: 'numbers' },
        element(
          'thead',
          {},
          element('tr', {}, ...heads.map((text) => element('th', { text, attributes: { scope: 'col' } }))),
        ),
        body,
      ),
    ),
  );
  let drawn: RunView['history'] = [];
  return {
    root,
    draw: ({ history, best }: RunView) => {
      if (history === drawn) return;
      drawn = history;
      const rows = history
        .toReversed()
        .map((row) =>
          element(
            'tr',
            { class: row.epoch === best?.epoch ? 'best' : '' },
            element('th', { text: String(row.epoch), attributes: { scope: 'row' } }),
            ...[
              formatLoss(row.trainLoss),
              formatLoss(row.validationLoss),
              formatPercent(row.trainAccuracy, 2),
              formatPercent(row.validationAccuracy, 2),
              formatDuration(row.seconds),
              formatCount(row.samplesPerSecond),
            ].map((text) => element('td', { text })),
          ),
        );
      body.replaceChildren(...rows);
    },
  };
}
