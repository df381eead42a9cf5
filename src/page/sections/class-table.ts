import type { TestResults } from '../../shared/report-view.ts';
import { element } from '../element.ts';
import { formatCount } from '../format.ts';

/** Precision, recall and F1 of each class. */
export function classTable({ classes }: TestResults): HTMLElement {
  const heads = ['Class', 'Precision', 'Recall', 'F1', 'Images'];
  const ratio = (value: number) => value.toFixed(3);
  return element(
    'section',
    { class: 'card' },
    element('div', { class: 'card-head' }, element('h2', { text: 'Classes' })),
    element(
      'div',
      { class: 'scroll' },
      element(
        'table',
        { class: 'numbers' },
        element(
          'thead',
          {},
          element('tr', {}, ...heads.map((text) => element('th', { text, attributes: { scope: 'col' } }))),
        ),
        element(
          'tbody',
          {},
          ...classes.map(({ name, precision, recall, f1, samples }) =>
            element(
              'tr',
              {},
              element('th', { text: name, attributes: { scope: 'row' } }),
              ...[ratio(precision), ratio(recall), ratio(f1), formatCount(samples)].map((text) =>
                element('td', { text }),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}
