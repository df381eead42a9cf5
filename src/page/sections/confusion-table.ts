import { element } from '../element.ts';
import { formatPercent } from '../format.ts';
import { isDark, onSchemeChange } from '../palette.ts';
import { shadeOf } from './matrix-shade.ts';

export interface ConfusionContent {
  /** Row = true class, column = predicted class; undefined before there is one. */
  matrix: readonly (readonly number[])[] | undefined;
  /** What was classified. */
  caption: string;
}

/** Counts of true against predicted classes; a cell is shaded by its share of the true class. */
export function confusionTable(classNames: readonly string[]) {
  const caption = element('caption');
  const rows = classNames.map((name, actual) => ({
    cells: classNames.map((_, predicted) => element('td', { class: actual === predicted ? 'hit' : '' })),
    recall: element('td', { class: 'recall' }),
    name,
  }));
  const heads = classNames.map((name) =>
    element('th', { attributes: { scope: 'col' } }, element('span', { text: name })),
  );
  const root = element(
    'section',
    { class: 'card confusion' },
    element('div', { class: 'card-head' }, element('h2', { text: 'Confusion matrix' })),
    element(
      'table',
      {},
      caption,
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          element('th', { class: 'corner', text: 'true ↓ predicted →', attributes: { scope: 'col' } }),
          ...heads,
          element(
            'th',
            { class: 'recall', attributes: { scope: 'col' } },
            element('span', { text: 'Recall' }),
          ),
        ),
      ),
      element(
        'tbody',
        {},
        ...rows.map(({ name, cells, recall }) =>
          element('tr', {}, element('th', { text: name, attributes: { scope: 'row' } }), ...cells, recall),
        ),
      ),
    ),
  );

  let drawn: ConfusionContent = { matrix: undefined, caption: '' };
  const draw = (content: ConfusionContent) => {
    drawn = content;
    caption.textContent = content.caption;
    for (const [actual, { cells, recall }] of rows.entries()) {
      const counts = content.matrix?.[actual];
      const total = counts?.reduce((sum, count) => sum + count, 0) ?? 0;
      for (const [predicted, cell] of cells.entries()) {
        const count = counts?.[predicted];
        const shade = shadeOf(count === undefined || total === 0 ? 0 : count / total, isDark());
        cell.textContent = count === undefined ? '' : String(count);
        cell.classList.toggle('none', count === 0);
        cell.style.backgroundColor = shade.background;
        cell.style.color = count === 0 ? '' : shade.ink;
      }
      recall.textContent =
        counts === undefined || total === 0 ? '' : formatPercent((counts[actual] ?? 0) / total);
    }
  };
  onSchemeChange(() => draw(drawn));
  return {
    root,
    draw: (content: ConfusionContent) => {
      if (content.matrix !== drawn.matrix || content.caption !== drawn.caption) draw(content);
    },
  };
}
