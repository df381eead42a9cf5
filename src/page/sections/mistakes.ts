import type { Mistake, TestResults } from '../../shared/report-view.ts';
import { element } from '../element.ts';
import { formatCount, formatPercent } from '../format.ts';
import { colour, onSchemeChange } from '../palette.ts';

const side = 28;

/** Test images that were taken for another class, as pictures. */
export function mistakesGallery(
  { mistakes, confusion }: TestResults,
  classNames: readonly string[],
): HTMLElement {
  const wrong = confusion.flatMap((row, actual) => row.filter((_, predicted) => predicted !== actual));
  const total = wrong.reduce((sum, count) => sum + count, 0);
  const pictures = mistakes.map((mistake) => picture(mistake, classNames));
  const paint = () => {
    for (const { canvas, mistake } of pictures) paintImage(canvas, mistake);
  };
  paint();
  onSchemeChange(paint);
  const note =
    total === 0
      ? 'Every test image was classified correctly.'
      : `${formatCount(mistakes.length)} of ${formatCount(total)}: those that the model was surest of. The percentage is its probability of the wrong class.`;
  return element(
    'section',
    { class: 'card mistakes' },
    element('div', { class: 'card-head' }, element('h2', { text: 'Misclassified test images' })),
    element('p', { class: 'note', text: note }),
    element('div', { class: 'gallery' }, ...pictures.map(({ root }) => root)),
  );
}

function picture(mistake: Mistake, classNames: readonly string[]) {
  const actual = classNames[mistake.actual] ?? String(mistake.actual);
  const predicted = classNames[mistake.predicted] ?? String(mistake.predicted);
  const canvas = element('canvas', {
    attributes: {
      width: String(side),
      height: String(side),
      role: 'img',
      'aria-label': `Test image ${mistake.index}`,
    },
  });
  const root = element(
    'figure',
    {},
    canvas,
    element(
      'figcaption',
      {},
      element('span', { class: 'actual', text: actual }),
      element('span', { class: 'visually-hidden', text: ' taken for ' }),
      element('span', { class: 'predicted', text: predicted }),
      element('span', { class: 'probability', text: formatPercent(mistake.probability, 0) }),
    ),
  );
  return { root, canvas, mistake };
}

/** Ink on the page's own ground: grey values are how much of it there is. */
function paintImage(canvas: HTMLCanvasElement, { image }: Mistake): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const bytes = Uint8Array.from(atob(image), (character) => character.charCodeAt(0));
  const pixels = context.createImageData(side, side);
  const ink = colour('--ink');
  const channels = [1, 3, 5].map((at) => Number.parseInt(ink.slice(at, at + 2), 16));
  for (const [pixel, grey] of bytes.entries()) {
    pixels.data.set([...channels, grey], 4 * pixel);
  }
  context.putImageData(pixels, 0, 0);
}
