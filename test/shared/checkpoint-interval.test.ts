import { describe, expect, test } from 'vitest';
import { checkpointIntervalPattern, parseCheckpointInterval } from '../../src/shared/checkpoint-interval.ts';

describe('parseCheckpointInterval', () => {
  test.each([
    ['1 epoch', { count: 1, unit: 'epochs' }],
    ['3epochs', { count: 3, unit: 'epochs' }],
    ['500 steps', { count: 500, unit: 'steps' }],
    ['1step', { count: 1, unit: 'steps' }],
    ['999999999 steps', { count: 999_999_999, unit: 'steps' }],
  ])('takes %s', (text, interval) => {
    expect(parseCheckpointInterval(text)).toEqual(interval);
  });

  test.each([
    '',
    '0 steps',
    '-1 epoch',
    '1.5 epochs',
    '1e3 steps',
    '01 step',
    '1000000000 steps',
    '5',
    'epoch',
    '5 s',
    '1 epoch ',
    '1  epoch',
    '1 Epoch',
    '1 epoch\n',
  ])('refuses "%s"', (text) => {
    expect(checkpointIntervalPattern.test(text)).toBe(false);
    expect(() => parseCheckpointInterval(text)).toThrow(RangeError);
  });
});
