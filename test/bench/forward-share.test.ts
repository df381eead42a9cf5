import { expect, test } from 'vitest';
import { measureForwardShare } from '../../bench/forward-share.ts';

test('measureForwardShare tells a share of each pair', async () => {
  const shares = await measureForwardShare();
  expect(shares).toHaveLength(20);
  for (const share of shares) expect(share).toBeGreaterThan(0);
});
