import { describe, expect, test } from 'vitest';
import { parseBandwidth, parseLatency } from '../../../src/coordinator/plan/network-units.ts';
import { ConfigError } from '../../../src/shared/errors.ts';

describe('parseBandwidth', () => {
  test.each([
    ['10Gbit', 1.25e9],
    ['25Gbit/s', 3.125e9],
    ['100 Gbps', 12.5e9],
    ['10Gb/s', 1.25e9],
    ['1.2GB/s', 1.2e9],
    ['800 MB/s', 8e8],
    ['1 GiB/s', 2 ** 30],
    ['56000bit/s', 7000],
    ['100mbit', 12.5e6],
  ])('%s', (text, bytesPerSecond) => {
    expect(parseBandwidth(text)).toBeCloseTo(bytesPerSecond, 3);
  });

  test.each([
    '',
    '10',
    'fast',
    '0Gbit',
    '-1Gbit',
    '10Gbit/h',
    'Gbit',
    '1e9B/s',
    '10 G',
    '1,2GB/s',
    `${'9'.repeat(400)}GB`,
  ])('refuses "%s" in one line that shows it', (text) => {
    const parse = () => parseBandwidth(text);
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(/^--bandwidth must be a rate [^\n]*got ".*"\.$/);
  });
});

describe('parseLatency', () => {
  test.each([
    ['20us', 20e-6],
    ['50 µs', 50e-6],
    ['50\u03bcs', 50e-6],
    ['0.1ms', 1e-4],
    ['900ns', 9e-7],
    ['1s', 1],
    ['0us', 0],
  ])('%s', (text, seconds) => {
    expect(parseLatency(text)).toBeCloseTo(seconds, 12);
  });

  test.each(['', '20', 'us', '-1us', '20 min', '1,5us', '20u'])(
    'refuses "%s" in one line that shows it',
    (text) => {
      const parse = () => parseLatency(text);
      expect(parse).toThrow(ConfigError);
      expect(parse).toThrow(/^--latency must be a time [^\n]*got ".*"\.$/);
    },
  );
});
