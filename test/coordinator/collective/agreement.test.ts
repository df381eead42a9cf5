import { describe, expect, test } from 'vitest';
import { agreeOn } from '../../../src/coordinator/collective/agreement.ts';
import { alone, type Collective } from '../../../src/coordinator/collective/collective.ts';

/** One of several ranks, whose others give what they are said to. */
function amongOthers(others: readonly Record<string, unknown>[]): Collective {
  const bytes = others.map((values) => new Uint8Array(Buffer.from(JSON.stringify(values))));
  return { ...alone, gather: async (own) => [own, ...bytes] };
}

describe('what must be the same on all ranks', () => {
  test('is nothing to a process that is alone', async () => {
    await expect(agreeOn(alone, { seed: 1 }, '')).resolves.toBeUndefined();
  });

  test('may be spelled in any order, and hold nothing', async () => {
    const others = amongOthers([{ clip: undefined, rate: 0.1, seed: 1 }]);
    await expect(agreeOn(others, { seed: 1, rate: 0.1, clip: undefined }, '')).resolves.toBeUndefined();
  });

  test('is told with its values, and the ranks that differ', async () => {
    const others = amongOthers([{ seed: 2 }, { seed: 1 }, { seed: 2 }]);
    await expect(agreeOn(others, { seed: 1 }, 'Give the same.')).rejects.toMatchObject({
      problems: ['seed must be the same on all ranks: rank 0 has 1, ranks 1, 3 2.'],
      nextStep: 'Give the same.',
      exitCode: 2,
    });
  });

  test('may be missing on a rank', async () => {
    await expect(agreeOn(amongOthers([{}]), { clip: 5 }, '')).rejects.toThrow(
      'clip must be the same on all ranks: rank 0 has 5, rank 1 none.',
    );
    await expect(agreeOn(amongOthers([{ clip: 5 }]), {}, '')).rejects.toThrow('rank 0 has none, rank 1 5.');
  });
});
