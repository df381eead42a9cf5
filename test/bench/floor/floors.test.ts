import { describe, expect, test } from 'vitest';
import { type Floor, judgeFloor } from '../../../bench/floor/floors.ts';
import { freeCores } from '../../../bench/floor/free-cores.ts';

const floor: Floor = { numerator: 'ours', denominator: 'theirs', atLeast: 2, reason: 'why', freeCores: 1 };

function judge(ours: number[], theirs: number[], free = 2, missing = new Map<string, string>()) {
  return judgeFloor(floor, new Map(Object.entries({ ours, theirs })), { missing, freeCores: free });
}

describe('judgeFloor', () => {
  test('holds where a single round reaches the floor: the others may have been disturbed', () => {
    expect(judge([10, 10, 20], [10, 10, 10]).state).toBe('held');
  });

  test('is broken where no round reaches it, and says so in one line', () => {
    expect(judge([19, 10, 15], [10, 10, 10])).toEqual({
      state: 'broken',
      line: 'error: ours / theirs: 1.50 (1.00–1.90), floor 2 (why): no round of 3 reached it',
    });
  });

  test('compares within a round: a ratio, whatever the absolute figures are', () => {
    expect(judge([0.2, 2000], [0.1, 1001]).state).toBe('held');
    // By the best of all rounds of each it would be 2.
    expect(judge([10, 20], [6, 11]).state).toBe('broken');
  });

  test('is broken where no round was measured', () => {
    const line = 'error: ours / theirs: no round was measured';
    expect(judge([], [])).toEqual({ state: 'broken', line });
    expect(judge([10], [], 0.4)).toEqual({ state: 'broken', line });
    expect(judgeFloor(floor, new Map(), { missing: new Map(), freeCores: 0 }).state).toBe('broken');
  });

  test('is skipped, with the reason, where a contestant is missing or the cores are not free', () => {
    expect(judge([10], [], 2, new Map([['theirs', 'not installed']]))).toEqual({
      state: 'skipped',
      line: 'skipped: ours / theirs: theirs is missing: not installed',
    });
    expect(judge([20], [10], 0.4).state).toBe('held');
    const busy = judge([1], [10], 0.4);
    expect(busy.state).toBe('skipped');
    expect(busy.line).toContain('0.4 of two cores were free, 1 are needed');
  });
});

test.each([
  [10, 20, 2],
  [10, 10, 1],
  [10, 5, 0.5],
  // One alone was disturbed: more than two of two cores are never free.
  [10, 30, 2],
])('where one thread computes %d and two %d, %d cores are free', (alone, together, free) => {
  expect(freeCores(alone, together)).toBe(free);
});
