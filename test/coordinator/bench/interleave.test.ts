import { describe, expect, test } from 'vitest';
import { type Contestant, runInterleaved } from '../../../src/coordinator/bench/interleave.ts';

describe('runInterleaved', () => {
  test('runs the contestants in turn, one at a time, and keeps the rounds in order', async () => {
    const log: string[] = [];
    const contestant = (name: string): Contestant<number> => {
      let runs = 0;
      return {
        name,
        async run() {
          log.push(`${name} starts`);
          await new Promise((resolve) => setImmediate(resolve));
          log.push(`${name} ends`);
          return ++runs;
        },
      };
    };
    const result = await runInterleaved([contestant('a'), contestant('b')], 2);
    const oneRound = ['a starts', 'a ends', 'b starts', 'b ends'];
    expect(log).toEqual([...oneRound, ...oneRound]);
    expect([...result]).toEqual([
      ['a', [1, 2]],
      ['b', [1, 2]],
    ]);
  });

  test('ends with the error of a run that fails', async () => {
    const failing: Contestant<number> = { name: 'a', run: () => Promise.reject(new Error('no memory')) };
    await expect(runInterleaved([failing], 3)).rejects.toThrow('no memory');
  });
});
