import { describe, expect, test } from 'vitest';
import { drawConfusionMatrix } from '../../../src/coordinator/charts/confusion-matrix.ts';
import { classNames } from '../../../src/shared/model.ts';

const matrix = classNames.map((_, actual) =>
  classNames.map((_, predicted) => (actual === predicted ? 1000 + actual : 10 * actual + predicted)),
);

describe('drawConfusionMatrix', () => {
  test('shows every count, row by row', async () => {
    const svg = await drawConfusionMatrix(matrix, classNames, 'Test');
    const counts = [...svg.matchAll(/>([0-9,]+)<\/text>/g)].map(([, text]) => Number(text?.replace(',', '')));
    expect(counts).toEqual(matrix.flat());
  });

  test('names the classes on both axes', async () => {
    const svg = await drawConfusionMatrix(matrix, classNames, 'Test accuracy');
    for (const name of classNames) expect(svg.split(`>${name}</text>`)).toHaveLength(3);
    expect(svg).toContain('>Test accuracy</text>');
    expect(svg).toContain('>True class</text>');
    expect(svg).toContain('>Predicted class</text>');
  });

  test('counts what was classified correctly', async () => {
    const svg = await drawConfusionMatrix(
      [
        [3, 1],
        [0, 1200],
      ],
      ['a', 'b'],
      '',
    );
    expect(svg).toContain('1,203 of 1,204 images classified correctly');
  });

  test('colours a cell by its share of the true class, not by its count', async () => {
    const fills = async (rows: number[][]) => {
      const svg = await drawConfusionMatrix(rows, ['a', 'b'], '');
      return [...svg.matchAll(/<path[^>]*fill="(rgb[^"]*)"/g)].map(([, fill]) => fill);
    };
    const [common, , , rare] = await fills([
      [900, 100],
      [1, 9],
    ]);
    expect(common).toBeDefined();
    expect(rare).toBe(common);
  });

  test('draws a class without samples', async () => {
    const svg = await drawConfusionMatrix(
      [
        [0, 0],
        [0, 1],
      ],
      ['a', 'b'],
      '',
    );
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  test('gives the same bytes twice', async () => {
    const first = await drawConfusionMatrix(matrix, classNames, 'Test');
    expect((await drawConfusionMatrix(matrix, classNames, 'Test')) === first).toBe(true);
  });

  test('refuses a matrix that does not fit the classes', async () => {
    await expect(drawConfusionMatrix([[1]], ['a', 'b'], '')).rejects.toThrow('must have 2 rows and columns');
  });
});
