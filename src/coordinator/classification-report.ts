/** How well one class is told from the others; ratios from 0 to 1, 0 where nothing can be divided. */
export interface ClassScores {
  /** Of the samples predicted to be of the class, how many are. */
  precision: number;
  /** Of the samples of the class, how many were found. */
  recall: number;
  /** Harmonic mean of the two. */
  f1: number;
  /** Samples of the class. */
  support: number;
}

/**
 * Counts predictions: row = true class, column = predicted class.
 * @param labels uint8[n]
 * @param predictions uint8[n]
 */
export function confusionMatrix(labels: Uint8Array, predictions: Uint8Array, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [sample, label] of labels.entries()) {
    const row = matrix[label] as number[];
    const predicted = predictions[sample] as number;
    row[predicted] = (row[predicted] as number) + 1;
  }
  return matrix;
}

/** Scores of each class, from a confusion matrix with a row for each true class. */
export function classScores(matrix: readonly (readonly number[])[]): ClassScores[] {
  return matrix.map((row, label) => {
    const hits = row[label] as number;
    const support = sum(row);
    const predicted = sum(matrix.map((each) => each[label] as number));
    const precision = ratio(hits, predicted);
    const recall = ratio(hits, support);
    return { precision, recall, f1: ratio(2 * precision * recall, precision + recall), support };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}
