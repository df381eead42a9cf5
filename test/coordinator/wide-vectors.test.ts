import { describe, expect, test } from 'vitest';
import { whyNotWide } from '../../src/coordinator/wide-vectors.ts';

describe('whyNotWide', () => {
  test.each([
    ['20.20.2', 'linux', 'x64', 'Node.js 24 or newer has them, this is 20.20.2'],
    ['24.0.0', 'linux', 'arm64', 'not on arm64 under linux'],
    ['24.0.0', 'darwin', 'x64', 'not on x64 under darwin'],
  ])('of Node.js %s on %s, %s', (version, platform, arch, reason) => {
    expect(whyNotWide(version, platform, arch)).toContain(reason);
  });

  test('of Node.js 24 and newer is nothing', () => {
    expect(whyNotWide('24.0.0', 'linux', 'x64')).toBeUndefined();
    expect(whyNotWide('26.10.0', 'win32', 'x64')).toBeUndefined();
  });
});
