import type { Mark, Spec } from 'vega';
import { renderSvg } from './render.ts';
import { background, chartConfig, fontStack, ink } from './theme.ts';

const pictureWidth = 716;
const pictureHeight = 664;
const matrixLeft = 118;
const matrixTop = 66;
const matrixSize = 500;
const cellGap = 2;

/**
 * Draws counts of true against predicted classes as a heat map. A cell's colour is its share of the true class, so that
 * rare classes read like frequent ones.
 * @param matrix [n, n] counts; row: true class, column: predicted class
 * @param classNames n names in label order
 * @throws RangeError if the matrix is not square or has another number of rows than there are names
 */
export async function drawConfusionMatrix(
  matrix: readonly (readonly number[])[],
  classNames: readonly string[],
  title: string,
): Promise<string> {
  const size = classNames.length;
  if (matrix.length !== size || matrix.some((row) => row.length !== size)) {
    throw new RangeError(`the confusion matrix must have ${size} rows and columns, one for each class`);
  }
  return renderSvg(specifyConfusionMatrix(matrix, classNames, title));
}

function specifyConfusionMatrix(
  matrix: readonly (readonly number[])[],
  classNames: readonly string[],
  title: string,
): Spec {
  return {
    description: 'Confusion matrix: samples by true class (rows) and predicted class (columns)',
    config: chartConfig,
    width: pictureWidth,
    height: pictureHeight,
    autosize: 'none',
    data: [{ name: 'cells', values: listCells(matrix, classNames) }],
    // The legend belongs to the picture, so its scale does too.
    scales: [
      {
        name: 'colour',
        type: 'linear',
        domain: [0, 1],
        range: ['#f3f6fa', '#4a90c8', '#083a6b'],
        interpolate: 'lab',
      },
    ],
    legends: [
      {
        fill: 'colour',
        title: ['Share of the', 'true class'],
        orient: 'none',
        legendX: matrixLeft + matrixSize + 20,
        legendY: matrixTop - 2,
        gradientLength: 160,
        format: '.0%',
        tickCount: 5,
      },
    ],
    marks: [
      {
        type: 'group',
        title: { text: title, subtitle: summarize(matrix) },
        encode: {
          update: {
            x: { value: matrixLeft },
            y: { value: matrixTop },
            width: { value: matrixSize },
            height: { value: matrixSize },
          },
        },
        scales: [
          { name: 'x', type: 'band', domain: [...classNames], range: [0, matrixSize] },
          { name: 'y', type: 'band', domain: [...classNames], range: [0, matrixSize] },
        ],
        axes: [
          { scale: 'y', orient: 'left', title: 'True class', titleX: -90 },
          {
            scale: 'x',
            orient: 'bottom',
            title: 'Predicted class',
            titleY: 76,
            labelAngle: -40,
            labelAlign: 'right',
          },
        ],
        marks: [cells(), counts()],
      },
    ],
  };
}

function cells(): Mark {
  return {
    type: 'rect',
    from: { data: 'cells' },
    encode: {
      update: {
        x: { scale: 'x', field: 'predicted', offset: cellGap / 2 },
        y: { scale: 'y', field: 'actual', offset: cellGap / 2 },
        width: { scale: 'x', band: 1, offset: -cellGap },
        height: { scale: 'y', band: 1, offset: -cellGap },
        cornerRadius: { value: 3 },
        fill: { scale: 'colour', field: 'share' },
      },
    },
  };
}

function counts(): Mark {
  return {
    type: 'text',
    from: { data: 'cells' },
    encode: {
      update: {
        x: { scale: 'x', field: 'predicted', band: 0.5 },
        y: { scale: 'y', field: 'actual', band: 0.5 },
        align: { value: 'center' },
        baseline: { value: 'middle' },
        text: { signal: "format(datum.count, ',')" },
        font: { value: fontStack },
        fontSize: { value: 13 },
        fontWeight: { signal: "datum.actual === datum.predicted ? 600 : 'normal'" },
        fill: { signal: `datum.share > 0.45 ? '${background}' : '${ink}'` },
        // Most cells are empty: their zeros step back.
        fillOpacity: { signal: 'datum.count === 0 ? 0.3 : 1' },
      },
    },
  };
}

function listCells(matrix: readonly (readonly number[])[], classNames: readonly string[]) {
  return matrix.flatMap((row, actual) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({
      actual: classNames[actual],
      predicted: classNames[predicted],
      count,
      share: total === 0 ? 0 : count / total,
    }));
  });
}

function summarize(matrix: readonly (readonly number[])[]): string {
  let total = 0;
  let correct = 0;
  for (const [actual, row] of matrix.entries()) {
    for (const [predicted, count] of row.entries()) {
      total += count;
      if (actual === predicted) correct += count;
    }
  }
  return `${correct.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} images classified correctly`;
}
