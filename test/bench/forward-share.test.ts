import { describe, expect, test } from 'vitest';
import { measureForwardShare } from '../../bench/forward-share.ts';

describe('measureForwardShare', () => {
  test('the forward pass takes more than a fifth and less than the whole of forward and backward', async () => {
    const shares = await measureForwardShare();
    expect(shares).toHaveLength(20);
    const [median = Number.NaN] = shares.toSorted().slice(10);
    // By the direct algorithm it is about a third of the operations, and has all exponentials.
    expect(median).toBeGreaterThan(0.2);
    expect(median).toBeLessThan(1);
  });
});
