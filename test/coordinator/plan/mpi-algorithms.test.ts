import { describe, expect, test } from 'vitest';
import { allgatherSeconds } from '../../../src/coordinator/plan/allgather-cost.ts';
import { predictGather } from '../../../src/coordinator/plan/mpi-algorithms.ts';

const sumBytes = 246_848;
const network = { latencySeconds: 20e-6, bytesPerSecond: 1.25e9 };

function exchangesOf(ranks: number, blocks = ranks, messageBytes = 144) {
  return {
    messages: { ranks, blocks: ranks, blockBytes: messageBytes },
    sums: { ranks, blocks, blockBytes: sumBytes },
  };
}

describe('predictGather', () => {
  test('two ranks exchange directly: one message each way', () => {
    const { sums, seconds } = predictGather(exchangesOf(2), network);
    expect(sums).toBe('direct');
    expect(seconds).toBeCloseTo(2 * 20e-6 + (sumBytes + 144) / 1.25e9, 12);
  });

  test('its time is that of the algorithms that it names', () => {
    for (let ranks = 2; ranks <= 2100; ranks += 7) {
      const exchanges = exchangesOf(ranks, Math.min(ranks, 512));
      const { messages, sums, seconds } = predictGather(exchanges, network);
      const again =
        allgatherSeconds(messages, exchanges.messages, network) +
        allgatherSeconds(sums, exchanges.sums, network);
      expect(seconds).toBeCloseTo(again, 12);
    }
  });

  test('many ranks send long contributions around in a ring or among neighbours, not by doubling', () => {
    expect(predictGather(exchangesOf(48), network).sums).toBe('ring');
    // Every other hop is saved.
    const slow = { latencySeconds: 1e-3, bytesPerSecond: 1.25e9 };
    expect(predictGather(exchangesOf(1024), slow)).toMatchObject({
      library: 'Open MPI',
      sums: 'neighbour exchange',
    });
  });

  test('short messages go by doubling with Open MPI for any number of ranks', () => {
    for (const ranks of [3, 31, 100, 600, 10_000]) {
      // With hardly a link the sums decide nothing, and only latency counts.
      const slow = { latencySeconds: 1, bytesPerSecond: Number.POSITIVE_INFINITY };
      expect(predictGather(exchangesOf(ranks), slow)).toMatchObject({
        library: 'Open MPI',
        messages: 'doubling',
      });
    }
  });

  test('it takes longer with more ranks, more latency and less bandwidth', () => {
    const seconds = [4, 16, 64, 256, 1024].map((ranks) => predictGather(exchangesOf(ranks), network).seconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    const base = predictGather(exchangesOf(64), network).seconds;
    expect(predictGather(exchangesOf(64), { ...network, latencySeconds: 40e-6 }).seconds).toBeGreaterThan(
      base,
    );
    expect(predictGather(exchangesOf(64), { ...network, bytesPerSecond: 1e9 }).seconds).toBeGreaterThan(base);
  });
});
