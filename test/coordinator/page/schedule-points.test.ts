import { describe, expect, test } from 'vitest';
import { schedulePoints } from '../../../src/coordinator/page/schedule-points.ts';
import { type Config, configSchema } from '../../../src/shared/config.ts';
import { learningRates } from '../../../src/shared/learning-rate.ts';

const steps = 50;
const configure = (settings: Partial<Config>) => configSchema.parse({ workers: 1, ...settings });

describe('schedulePoints', () => {
  test.each([
    { schedule: 'constant', warmupEpochs: 1.5 },
    { schedule: 'step', decayEpochs: 2 },
    { schedule: 'cosine', warmupEpochs: 1 },
    { schedule: 'one-cycle' },
    { schedule: 'plateau', decayEpochs: 1 },
  ] as const)('has rates that training has: $schedule', (settings) => {
    const config = configure({ ...settings, epochs: 6 });
    const losses = [3, 2, 2, 2, 1, 1];
    const points = schedulePoints(config, steps, losses);
    expect(points[0]?.epochs).toBe(1 / steps);
    expect(points.at(-1)?.epochs).toBe(6);
    for (const [index, { epochs, rate }] of points.entries()) {
      const step = Math.round(epochs * steps) - 1;
      const epoch = Math.floor(step / steps) + 1;
      expect(rate).toBe(learningRates(config, epoch, steps, losses.slice(0, epoch - 1))[step % steps]);
      expect(epochs).toBeGreaterThan(points[index - 1]?.epochs ?? 0);
    }
  });

  test('of the schedule plateau ends with the epoch that is under way: what comes depends on its losses', () => {
    const config = configure({ schedule: 'plateau', epochs: 20 });
    expect(schedulePoints(config, steps, [1, 0.9]).at(-1)?.epochs).toBe(3);
    expect(schedulePoints(config, steps, []).at(-1)?.epochs).toBe(1);
  });

  test('is bounded for any number of epochs, with both ends of each epoch that it shows', () => {
    const points = schedulePoints(configure({ schedule: 'step', epochs: 100_000 }), steps, []);
    expect(points.length).toBeLessThanOrEqual(400);
    expect(points.length).toBeGreaterThan(300);
    expect(points.filter((_, index) => index % 2 === 1).every(({ epochs }) => Number.isInteger(epochs))).toBe(
      true,
    );
  });

  test('takes an epoch of one step', () => {
    const points = schedulePoints(configure({ schedule: 'cosine', epochs: 3 }), 1, []);
    expect(points.map(({ epochs }) => epochs)).toEqual([1, 2, 3]);
  });

  test('is empty where the rate never changes', () => {
    expect(schedulePoints(configure({}), steps, [])).toEqual([]);
  });
});
