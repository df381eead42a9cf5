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
    const runs = [run(10), run(10), run(40), run(40), run(40)] as const;
    const [first, second, third, fourth, fifth] = runs;
    const clock = new SweepClock(runs, 2, () => now);
    clock.started(first);
    clock.started(second);
    expect(clock.secondsLeft).toBeUndefined();
    now = 20;
    clock.ended({ run: first, seconds: 20, result, failure: undefined });
    // 2 s an epoch: nothing of the second run, 80 s of each of the others, two at a time.
    expect(clock.secondsLeft).toBe(120);
    clock.started(third);
    clock.ended({ run: second, seconds: 20, result, failure: undefined });
    clock.started(fourth);
    now = 30;
    clock.ended({ run: third, seconds: 10, result: undefined, failure: 'x' });
    // The fifth has yet to begin, and cannot be divided.
    expect(clock.secondsLeft).toBe(80);
    clock.started(fifth);
    now = 200;
    clock.ended({ run: fourth, seconds: 80, result, failure: undefined });
    clock.ended({ run: fifth, seconds: 80, result, failure: undefined });
    expect(clock.secondsLeft).toBeUndefined();
  });

  test('learns nothing from a run that failed', () => {
    const clock = new SweepClock([run(1), run(1)], 1, () => 0);
    clock.ended({ run: run(1), seconds: 0.1, result: undefined, failure: 'no data' });
    expect(clock.secondsLeft).toBeUndefined();
  });
});
