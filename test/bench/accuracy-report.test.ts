import { describe, expect, test } from 'vitest';
import { compareDurations, readAccuracy } from '../../bench/accuracy-report.ts';
import type { EvaluatedEpoch, RunFigures } from '../../bench/run-figures.ts';

/** @param accuracies of the test after each epoch; the validation gives 0.01 more */
function run(startupSeconds: number, ...accuracies: number[]): RunFigures {
  return {
    samplesPerSecond: 1,
    startupSeconds,
    peakMemoryBytes: 1,
    nonGradientShare: undefined,
    evaluatedEpochs: accuracies.map((testAccuracy, index) => ({
      secondsSinceFirstStep: 10 * (index + 1),
      validationAccuracy: testAccuracy + 0.01,
      testAccuracy,
    })),
    report: {},
  };
}

describe('readAccuracy', () => {
  test('finds the end of the first epoch at or above 80 %, with and without the start', () => {
    expect(readAccuracy(run(1.5, 0.7, 0.8, 0.82)).toTarget).toEqual({
      epoch: 2,
      fromFirstStep: 20,
      fromCommand: 21.5,
    });
  });

  test('says so where no epoch reached it', () => {
    expect(readAccuracy(run(1.5, 0.7, 0.7999)).toTarget).toBeUndefined();
  });

  test('tells the time of all epochs, the best validation, and the test of those weights', () => {
    const [first, second, third] = run(1.5, 0.7, 0.82, 0.81).evaluatedEpochs as EvaluatedEpoch[];
    // The third tests best, but it is the second that a run keeps.
    const evaluatedEpochs = [first, second, { ...third, testAccuracy: 0.84 }] as EvaluatedEpoch[];
    expect(readAccuracy({ ...run(1.5), evaluatedEpochs })).toMatchObject({
      toEnd: { fromFirstStep: 30, fromCommand: 31.5 },
      bestValidationAccuracy: 0.83,
      testAccuracy: 0.82,
    });
  });
});

describe('compareDurations', () => {
  const figures = {
    lockstep: [readAccuracy(run(0, 0.8)), readAccuracy(run(10, 0.8))],
    JAX: [readAccuracy(run(10, 0.8)), readAccuracy(run(70, 0.8))],
  };

  test('holds a peer’s time from the command against lockstep’s of the same round', () => {
    expect(compareDurations(figures, [{ numerator: 'lockstep', denominator: 'JAX' }])).toEqual([
      { name: 'JAX / lockstep', spread: { median: 3, min: 2, max: 4 } },
    ]);
  });

  test('leaves out pairs of which one did not run', () => {
    expect(compareDurations(figures, [{ numerator: 'lockstep', denominator: 'PyTorch' }])).toEqual([]);
  });
});
