import { describe, expect, test } from 'vitest';
import { listCombinations, workersToMeasure } from '../../../src/coordinator/bench/combinations.ts';

const names = (combinations: ReturnType<typeof listCombinations>) =>
  combinations.map(({ scaling, name, batchSize }) => [scaling, name, batchSize]);

describe('listCombinations', () => {
  test('keeps the batch in strong scaling, and lets it grow with the workers in weak scaling', () => {
    const lists = [['cuda:0', 'cuda:1']];
    expect(names(listCombinations(['strong', 'weak'], lists, () => [1, 3], 64))).toEqual([
      ['strong', '1 on cuda:0', 64],
      ['strong', '2 on cuda:0, 1 on cuda:1', 64],
      ['weak', '1 on cuda:0', 64],
      ['weak', '2 on cuda:0, 1 on cuda:1, batch 192', 192],
    ]);
  });

  test('has no weak scaling of one worker, unless nothing else was asked for', () => {
    expect(names(listCombinations(['strong', 'weak'], [['cpu']], () => [1], 64))).toEqual([
      ['strong', '1 on cpu', 64],
    ]);
    expect(listCombinations(['weak'], [['cpu']], () => [1], 64)).toHaveLength(1);
  });
});

describe('workersToMeasure', () => {
  test('doubles up to the cores, and takes them all', () => {
    expect(workersToMeasure(['cpu'], 1)).toEqual([1]);
    expect(workersToMeasure(['cpu'], 2)).toEqual([1, 2]);
    expect(workersToMeasure(['cpu'], 6)).toEqual([1, 2, 4, 6]);
    expect(workersToMeasure(['cpu'], 8)).toEqual([1, 2, 4, 8]);
  });

  test('is one, and one a device, where other devices take part', () => {
    expect(workersToMeasure(['cuda:0', 'cuda:1', 'cpu'], 8)).toEqual([1, 3]);
    expect(workersToMeasure(['cuda:0'], 8)).toEqual([1]);
  });
});
