import { describe, expect, test } from 'vitest';
import { ThroughputWindow } from '../../../src/coordinator/metrics/throughput-window.ts';

function windowOf(...points: [seconds: number, samples: number][]): ThroughputWindow {
  const window = new ThroughputWindow();
  for (const [seconds, samples] of points) window.add(seconds, samples);
  return window;
}

describe('ThroughputWindow', () => {
  test('knows nothing before the first samples', () => {
    expect(windowOf().samplesPerSecond).toBeUndefined();
    expect(windowOf([0, 0]).samplesPerSecond).toBeUndefined();
    expect(windowOf([0, 0], [3, 0]).samplesPerSecond).toBeUndefined();
  });

  test('is what came since the beginning, at first', () => {
    expect(windowOf([0, 500], [0.01, 600]).samplesPerSecond).toBeCloseTo(10_000);
    expect(windowOf([0, 0], [2, 100], [4, 400]).samplesPerSecond).toBe(100);
  });

  test('forgets what is older than ten seconds', () => {
    expect(windowOf([0, 0], [10, 1_000], [15, 1_500], [20, 3_000]).samplesPerSecond).toBe(200);
  });

  test('goes back to the time before, if nobody has asked for longer than that', () => {
    expect(windowOf([0, 0], [30, 600], [60, 1_800]).samplesPerSecond).toBe(40);
  });

  test('falls to 0 while nothing is trained', () => {
    const points: [number, number][] = [4, 8, 12, 16, 20].map((seconds) => [seconds, 1_000]);
    expect(windowOf([0, 0], [1, 1_000], ...points).samplesPerSecond).toBe(0);
    expect(windowOf([0, 0], [10, 0]).samplesPerSecond).toBe(0);
  });

  test('gives the same, however often it is asked', () => {
    const window = new ThroughputWindow();
    for (let millisecond = 0; millisecond <= 60_000; millisecond++) {
      window.add(millisecond / 1000, millisecond * 70);
    }
    expect(window.samplesPerSecond).toBeCloseTo(70_000);
  });
});
