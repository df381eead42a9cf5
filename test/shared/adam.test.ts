import { describe, expect, test } from 'vitest';
import { schedule as fields, writeAdamSchedule } from '../../src/shared/adam.ts';

describe('Adam schedule', () => {
  test('holds learning rate / (1 - β1^t), √(1 - β2^t), the decays of weights and average, counted from t = 1', () => {
    const schedule = new Float32Array(3 * fields.fields);
    writeAdamSchedule(0, [0.001, 0.001, 0.002], { weightDecay: 0.5, emaDecay: 0.2 }, schedule);
    // By hand: 1 - 0.9 = 0.1, 1 - 0.9² = 0.19, 1 - 0.9³ = 0.271; 1 - 0.999 = 0.001, 0.001999, 0.002997001.
    const expected = [
      0.01,
      Math.sqrt(0.001),
      0.9995,
      2 / 11,
      0.001 / 0.19,
      Math.sqrt(0.001999),
      0.9995,
      0.2,
      0.002 / 0.271,
      Math.sqrt(0.002997001),
      0.999,
      0.2,
    ];
    for (const [index, value] of expected.entries()) expect(schedule[index]).toBeCloseTo(value, 7);
  });

  test('a later epoch goes on to the bit where the one before ended', () => {
    const whole = new Float32Array(40 * fields.fields);
    writeAdamSchedule(0, new Array(40).fill(0.001), { weightDecay: 0.01, emaDecay: 0.9 }, whole);
    const second = new Float32Array(15 * fields.fields);
    writeAdamSchedule(25, new Array(15).fill(0.001), { weightDecay: 0.01, emaDecay: 0.9 }, second);
    expect(second).toEqual(whole.subarray(25 * fields.fields));
  });
});
