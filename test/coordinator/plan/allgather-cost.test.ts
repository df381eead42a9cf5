import { describe, expect, test } from 'vitest';
import {
  type Algorithm,
  allgatherSeconds,
  type Exchange,
} from '../../../src/coordinator/plan/allgather-cost.ts';

const algorithms: Algorithm[] = ['doubling', 'ring', 'pipelined ring', 'neighbour exchange'];
const even: Exchange = { ranks: 16, blocks: 16, blockBytes: 1_000_000 };
const network = { latencySeconds: 1e-3, bytesPerSecond: 1e9 };
const onlyLatency = { ...network, bytesPerSecond: Number.POSITIVE_INFINITY };
const onlyBandwidth = { ...network, latencySeconds: 0 };

describe('allgatherSeconds', () => {
  test.each(algorithms)('%s: a rank alone exchanges nothing', (algorithm) => {
    expect(allgatherSeconds(algorithm, { ...even, ranks: 1, blocks: 1 }, network)).toBe(0);
  });

  test.each(algorithms)('%s: each rank receives all other contributions once', (algorithm) => {
    expect(allgatherSeconds(algorithm, even, onlyBandwidth)).toBeCloseTo(15e-3, 12);
  });

  test.each(algorithms)('%s: twice the bandwidth halves what the bytes take, and only that', (algorithm) => {
    const latency = allgatherSeconds(algorithm, even, onlyLatency);
    const bytes = allgatherSeconds(algorithm, even, network) - latency;
    const faster = allgatherSeconds(algorithm, even, { ...network, bytesPerSecond: 2e9 }) - latency;
    expect(faster).toBeCloseTo(bytes / 2, 12);
  });

  test.each([
    ['doubling', 4],
    ['ring', 15],
    ['pipelined ring', 15],
    ['neighbour exchange', 8],
  ] as const)('%s: takes %i messages of latency over 16 ranks', (algorithm, messages) => {
    expect(allgatherSeconds(algorithm, even, onlyLatency) / 1e-3).toBeCloseTo(messages, 9);
  });

  test('doubling takes a round more for one rank more than a power of two', () => {
    const seconds = allgatherSeconds('doubling', { ...even, ranks: 17, blocks: 17 }, onlyLatency);
    expect(seconds).toBeCloseTo(5e-3, 12);
  });

  test('in a ring a lone contribution takes its whole time at each rank, in pieces it does not', () => {
    const lone: Exchange = { ranks: 16, blocks: 1, blockBytes: 1_000_000 };
    expect(allgatherSeconds('ring', lone, onlyBandwidth)).toBeCloseTo(15e-3, 12);
    expect(allgatherSeconds('pipelined ring', lone, onlyBandwidth)).toBeCloseTo(1e-3, 12);
  });

  test('where contributions differ by a block, the longest one of a round counts', () => {
    const uneven: Exchange = { ranks: 4, blocks: 6, blockBytes: 1_000_000 };
    expect(allgatherSeconds('ring', uneven, onlyBandwidth)).toBeCloseTo(3 * 2e-3, 12);
    expect(allgatherSeconds('doubling', uneven, onlyBandwidth)).toBeCloseTo(2e-3 + 3e-3, 12);
  });

  test('an odd number of ranks cannot exchange with neighbours in pairs: it is a ring', () => {
    const odd: Exchange = { ranks: 7, blocks: 7, blockBytes: 1000 };
    expect(allgatherSeconds('neighbour exchange', odd, network)).toBe(allgatherSeconds('ring', odd, network));
  });
});
