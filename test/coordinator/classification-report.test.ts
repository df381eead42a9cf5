import { describe, expect, test } from 'vitest';
import { classScores, confusionMatrix } from '../../src/coordinator/classification-report.ts';

describe('classification report', () => {
  // By hand: class 0 three samples, two found; class 1 two samples, both found; class 2 never occurs, predicted once.
  const labels = Uint8Array.of(0, 0, 0, 1, 1);
  const predictions = Uint8Array.of(0, 0, 2, 1, 1);

  test('a row counts the predictions of one true class', () => {
    expect(confusionMatrix(labels, predictions, 3)).toEqual([
      [2, 0, 1],
      [0, 2, 0],
      [0, 0, 0],
    ]);
  });

  test('precision, recall and F1 follow their definitions, with 0 where nothing can be divided', () => {
    const [first, second, third] = classScores(confusionMatrix(labels, predictions, 3));
    expect(first).toMatchObject({ precision: 1, support: 3 });
    expect(first?.recall).toBeCloseTo(2 / 3);
    expect(first?.f1).toBeCloseTo(0.8);
    expect(second).toEqual({ precision: 1, recall: 1, f1: 1, support: 2 });
    expect(third).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
  });
});
