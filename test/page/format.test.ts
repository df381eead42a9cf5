import { describe, expect, test } from 'vitest';
import { secondsTicks } from '../../src/page/charts/time-ticks.ts';
import { formatDuration, formatKey, formatRate, formatShort, formatTime } from '../../src/page/format.ts';

describe('numbers of the page', () => {
  test.each([
    [0.084, '0.08 s'],
    [4.4, '4.4 s'],

    [12.3, '12 s'],
    [59.9, '60 s'],
    [125, '2 min 05 s'],
    [3600, '1 h 00 min'],
    [7_199, '2 h 00 min'],
  ])('%f seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  test('an axis has times as people count them', () => {
    const labels = (end: number) => secondsTicks(end, 5).map(formatTime);
    expect(labels(2.2)).toEqual(['0', '0.5 s', '1 s', '1.5 s', '2 s']);
    expect(labels(200)).toEqual(['0', '1 min', '2 min', '3 min']);
    expect(labels(5400)).toEqual(['0', '30 min', '1 h', '1 h 30 min']);
    expect(secondsTicks(30 * 86_400, 5).length).toBeLessThanOrEqual(6);
  });

  test.each([
    [0, '0'],
    [950, '950'],
    [71_646, '71.6k'],
    [1_500_000, '1.5M'],
  ])('%d is %s on an axis', (value, text) => {
    expect(formatShort(value)).toBe(text);
  });

  test.each([
    [0, '0'],
    [0.02, '0.02'],
    [0.001, '1e-3'],
    [0.00075, '7.5e-4'],
    [4e-9, '4e-9'],
    [1.2345e-5, '1.23e-5'],
  ])('a learning rate of %d is %s', (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });

  test('a setting is spelled in words', () => {
    expect(formatKey('maxWorkerRestarts')).toBe('max worker restarts');
  });
});
