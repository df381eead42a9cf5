import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { EventLoopMetrics } from '../../../src/coordinator/metrics/event-loop-metrics.ts';
import { parseMetrics } from '../../support/observation.ts';

function monitor() {
  const registry = new Registry();
  const metrics = new EventLoopMetrics(registry);
  return async (figure: string) => {
    metrics.update();
    const { samples } = parseMetrics(await registry.metrics());
    return samples.get(`nodejs_eventloop_lag_${figure}_seconds`);
  };
}

test('EventLoopMetrics are missing before the first look', async () => {
  expect(await monitor()('max')).toBeUndefined();
});

test('EventLoopMetrics do not count the time between two looks, which passes anyhow', async () => {
  const read = monitor();
  // On a machine with much else to do a look may come late, but not each of them.
  await expect.poll(() => read('min'), { interval: 300, timeout: 30_000 }).toBeLessThan(0.05);
}, 40_000);

test('EventLoopMetrics see what keeps the main thread', async () => {
  const read = monitor();
  await read('max');
  // The monitor counts from its first look on.
  await sleep(150);
  const began = performance.now();
  while (performance.now() - began < 250);
  await sleep(0);
  expect(await read('max')).toBeGreaterThan(0.14);
});
