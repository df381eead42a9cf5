import { describe, expect, test } from 'vitest';
import { chooseSamples } from '../../../src/coordinator/preview/choose-samples.ts';

const labels = Uint8Array.of(1, 0, 1, 9, 0, 1, 1);
const candidates = Uint32Array.of(0, 2, 3, 4, 5);

describe('chooseSamples', () => {
  test('takes the first of each class, then the second', () => {
    expect([...chooseSamples(candidates, labels, 4)]).toEqual([4, 0, 3, 2]);
  });

  test('takes no other than the candidates, and all of them where more are wanted', () => {
    expect([...chooseSamples(candidates, labels, 100)]).toEqual([4, 0, 3, 2, 5]);
    expect([...chooseSamples(new Uint32Array(0), labels, 1)]).toEqual([]);
  });
});
