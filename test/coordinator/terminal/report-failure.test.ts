import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { reportFailure } from '../../../src/coordinator/terminal/report-failure.ts';
import { ConfigError, RunError } from '../../../src/shared/errors.ts';

describe('reportFailure', () => {
  let printed: MockInstance<typeof console.error>;

  beforeEach(() => {
    vi.stubEnv('NO_COLOR', '1');
    printed = vi.spyOn(console, 'error').mockReturnValue();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test('prints all problems and the next step in one piece, which no launcher cuts in two', () => {
    expect(reportFailure(new ConfigError(['epochs is 0', 'workers is -1'], 'See --help.'), false)).toBe(2);
    expect(printed.mock.calls).toEqual([['error: epochs is 0\nerror: workers is -1\nSee --help.']]);
  });

  test('has no line for a next step that there is not', () => {
    expect(reportFailure(new RunError('the disk is full'), false)).toBe(4);
    expect(printed.mock.calls).toEqual([['error: the disk is full']]);
  });

  test('adds the stack trace where it is asked for', () => {
    const failure = new TypeError('x is not a function');
    expect(reportFailure(failure, true)).toBe(1);
    expect(printed.mock.calls).toEqual([['error: x is not a function'], [failure]]);
  });

  test('asks to report what is no error of its own kinds', () => {
    expect(reportFailure(new TypeError('x is not a function'), false)).toBe(1);
    expect(printed.mock.calls[0]?.[0]).toMatch(
      /^error: x is not a function\nThis is a bug of lockstep\. Please/,
    );
  });
});
