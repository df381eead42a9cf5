import { describe, expect, test } from 'vitest';
import { cosineOfHalfTurns } from '../../src/shared/cosine.ts';
import { learningRates } from '../../src/shared/learning-rate.ts';

const base = {
  learningRate: 0.01,
  schedule: 'constant' as const,
  epochs: 10,
  warmupEpochs: 0,
  decayFactor: 0.5,
  decayEpochs: 3,
};

/** All rates of a run, whose validation losses are given or fall with every epoch. */
function ratesOf(
  config: Partial<Omit<typeof base, 'schedule'>> & {
    schedule?: Parameters<typeof learningRates>[0]['schedule'];
  },
  steps: number,
  losses?: number[],
): number[] {
  const whole = { ...base, ...config };
  const falling = Array.from({ length: whole.epochs }, (_, epoch) => 1 / (epoch + 1));
  return Array.from({ length: whole.epochs }, (_, index) =>
    learningRates(whole, index + 1, steps, (losses ?? falling).slice(0, index)),
  ).flat();
}

describe('cosineOfHalfTurns', () => {
  test('is the cosine to 1e-15, and exact at the ends and in the middle', () => {
    for (let part = 0; part <= 1000; part++) {
      expect(Math.abs(cosineOfHalfTurns(part / 1000) - Math.cos((Math.PI * part) / 1000))).toBeLessThan(
        1e-15,
      );
    }
    expect(cosineOfHalfTurns(0)).toBe(1);
    expect(cosineOfHalfTurns(1)).toBe(-1);
  });
});

describe('learningRates', () => {
  test('stay where they are, if nothing else is said', () => {
    expect(ratesOf({}, 4)).toEqual(new Array(40).fill(0.01));
  });

  test('rise linearly over the warm-up, to their full value in its last step', () => {
    const rates = ratesOf({ warmupEpochs: 0.5 }, 8);
    expect(rates.slice(0, 5).map((rate) => rate / 0.01)).toEqual([0.25, 0.5, 0.75, 1, 1]);
  });

  test('fall by the factor after every so many epochs', () => {
    const rates = ratesOf({ schedule: 'step' }, 1);
    expect(rates.map((rate) => rate / 0.01)).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]);
  });

  test('follow half a cosine from the end of the warm-up down to almost nothing', () => {
    const rates = ratesOf({ schedule: 'cosine', epochs: 4 }, 10);
    for (const [step, rate] of rates.entries()) {
      expect(rate).toBeCloseTo(0.005 * (1 + Math.cos((Math.PI * step) / 40)), 12);
    }
    const warm = ratesOf({ schedule: 'cosine', epochs: 4, warmupEpochs: 1 }, 10);
    expect(warm[9]).toBeCloseTo(0.01, 12);
    expect(warm[25]).toBeCloseTo(0.005, 12);
    expect(Math.max(...warm)).toBe(warm[9]);
  });

  test('of one cycle are those of PyTorch 2.12: OneCycleLR(max_lr=0.01, total_steps=20)', () => {
    const rates = ratesOf({ schedule: 'one-cycle', epochs: 2 }, 10);
    const atPeak = 5;
    expect(rates[0]).toBeCloseTo(0.01 / 25, 12);
    expect(rates[atPeak]).toBeCloseTo(0.01, 12);
    expect(rates[19]).toBeCloseTo(0.01 / 25 / 1e4, 12);
    // By its formula, with the annealing that begins at step 5 and ends at step 19.
    const end = 0.01 / 25 / 1e4;
    expect(rates[12]).toBeCloseTo(end + ((0.01 - end) * (1 + Math.cos(Math.PI * (7 / 14)))) / 2, 12);
    expect(rates[2]).toBeCloseTo(0.0004 + ((0.01 - 0.0004) * (1 - Math.cos(Math.PI * (2 / 5)))) / 2, 12);
  });

  test('fall after so many epochs in a row without a lower validation loss', () => {
    const losses = [1, 0.9, 0.9, 0.95, 0.91, 0.8, 0.85, 0.81, 0.82, 0.1];
    const rates = ratesOf({ schedule: 'plateau' }, 1, losses);
    expect(rates.map((rate) => rate / 0.01)).toEqual([1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]);
  });
});
