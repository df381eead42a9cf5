import { describe, expect, test } from 'vitest';
import { SweepClock } from '../../../src/coordinator/sweep/sweep-clock.ts';
import type { PlannedRun } from '../../../src/coordinator/sweep/sweep-plan.ts';

const run = (epochs: number) => ({ config: { epochs } }) as PlannedRun;
const result = {
  weightsSha256: '',
  bestEpoch: 1,
  bestValidationAccuracy: 1,
  seconds: 1,
  samplesPerSecond: 1,
};

describe('SweepClock', () => {
  test('expects of each run the time that its epochs take, less what was spent on it', () => {
    let now = 0;
    const [first, second, third] = [run(10), run(10), run(40)] as const;
    const clock = new SweepClock([first, second, third], 2, () => now);
    clock.started(first);
    clock.started(second);
    expect(clock.secondsLeft).toBeUndefined();
    now = 20;
    clock.ended({ run: first, seconds: 20, result, failure: undefined });
    // 2 s an epoch: nothing of the second run, 80 s of the third; two at a time.
    expect(clock.secondsLeft).toBe(40);
    clock.started(third);
    now = 25;
    clock.ended({ run: second, seconds: 25, result, failure: undefined });
    expect(clock.secondsLeft).toBeCloseTo((40 * 45) / 20 - 5, 10);
    clock.ended({ run: third, seconds: 5, result: undefined, failure: 'x' });
    expect(clock.secondsLeft).toBeUndefined();
  });

  test('learns nothing from a run that failed', () => {
    const clock = new SweepClock([run(1), run(1)], 1, () => 0);
    clock.ended({ run: run(1), seconds: 0.1, result: undefined, failure: 'no data' });
    expect(clock.secondsLeft).toBeUndefined();
  });
});
