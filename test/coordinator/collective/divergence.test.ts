import { describe, expect, test } from 'vitest';
import { refuseDivergence } from '../../../src/coordinator/collective/thread/divergence.ts';
import { rankHeader } from '../../../src/shared/rank-message.ts';

function headers(digests: readonly number[], steps: readonly number[] = []): Float64Array[] {
  return digests.map((digest, rank) => {
    const header = new Float64Array(16);
    header[rankHeader.digest] = digest;
    header[rankHeader.globalStep] = steps[rank] ?? 7;
    header[rankHeader.samples] = rank;
    return header;
  });
}

describe('ranks', () => {
  test('that have all alike go on, whatever else their messages tell', () => {
    expect(() => refuseDivergence(headers([1, 1, 1]), 7)).not.toThrow();
  });

  test('that are unlike the others are named', () => {
    expect(() => refuseDivergence(headers([1, 2, 1, 1]), 7)).toThrow(
      'rank 1 has other parameters than the other ranks after step 7.',
    );
    expect(() => refuseDivergence(headers([1, 2, 1, 3, 1]), 7)).toThrow('ranks 1, 3 have other parameters');
  });

  test('of which none are the most are all named', () => {
    expect(() => refuseDivergence(headers([1, 2]), 7)).toThrow(
      'the parameters of rank 0 and of rank 1 differ',
    );
    expect(() => refuseDivergence(headers([1, 2, 2, 1]), 7)).toThrow(
      'of ranks 0, 3 and of ranks 1, 2 differ',
    );
  });

  test('that are at another step are no less apart', () => {
    expect(() => refuseDivergence(headers([1, 1, 1], [7, 7, 8]), 7)).toThrow('rank 2');
  });
});
