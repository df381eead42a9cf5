import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blocksOfRank, dealTasks, RankShare, tasksOfRank } from '../../src/shared/rank-share.ts';

const sizes = fc.record({ tasks: fc.integer({ min: 1, max: 5000 }), size: fc.integer({ min: 1, max: 300 }) });

describe('dealing tasks to ranks', () => {
  test('the usual step of eight tasks', () => {
    const shares = (size: number) =>
      Array.from({ length: size }, (_, rank) => {
        const { first, end } = tasksOfRank(dealTasks(8, size), { rank, size });
        return end - first;
      });
    expect(shares(1)).toEqual([8]);
    expect(shares(2)).toEqual([4, 4]);
    expect(shares(3)).toEqual([2, 3, 3]);
    expect(shares(4)).toEqual([2, 2, 2, 2]);
    expect(shares(8)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect([1, 2, 3, 4, 8].map((size) => dealTasks(8, size).blockTasks)).toEqual([8, 4, 1, 2, 1]);
  });

  test('gives each task to exactly one rank, in order', () => {
    fc.assert(
      fc.property(sizes, ({ tasks, size }) => {
        const dealing = dealTasks(tasks, size);
        let next = 0;
        for (let rank = 0; rank < size; rank++) {
          const { first, end } = tasksOfRank(dealing, { rank, size });
          expect(first).toBe(next);
          next = Math.max(next, end);
        }
        expect(next).toBe(tasks);
      }),
    );
  });

  test('no rank has more than an eighth above an even share, rounded up', () => {
    fc.assert(
      fc.property(sizes, ({ tasks, size }) => {
        const dealing = dealTasks(tasks, size);
        for (let rank = 0; rank < size; rank++) {
          const { first, end } = blocksOfRank(dealing, { rank, size });
          expect((end - first) * dealing.blockTasks).toBeLessThanOrEqual(1.125 * Math.ceil(tasks / size));
        }
      }),
    );
  });

  test('blocks are branches of the tree: powers of two, each begun on a multiple of its length, none left out', () => {
    fc.assert(
      fc.property(sizes, ({ tasks, size }) => {
        const plan = { sampleCount: tasks, batchSize: tasks, microBatch: 1 };
        const { blockTasks } = dealTasks(tasks, size);
        expect(Number.isInteger(Math.log2(blockTasks))).toBe(true);
        const blocks = Array.from({ length: size }, (_, rank) => [
          ...new RankShare(plan, plan, { rank, size }).blocks(0),
        ]).flat();
        for (const [index, [block, { first, end }]] of blocks.entries()) {
          expect(block).toBe(index);
          expect(first).toBe(index * blockTasks);
          expect(end).toBe(index === blocks.length - 1 ? tasks : first + blockTasks);
        }
      }),
    );
  });
});

describe('RankShare', () => {
  const plan = { sampleCount: 300, batchSize: 128, microBatch: 16 };
  const evaluationPlan = { sampleCount: 100, batchSize: 100, microBatch: 16 };

  test('of one that is alone is everything', () => {
    const share = new RankShare(plan, evaluationPlan, { rank: 0, size: 1 });
    expect(share.gradientTasks(2)).toEqual({ first: 0, end: 3 });
    expect(share.evaluationShards()).toEqual({ first: 0, end: 7 });
    expect(share.leaves(0)).toBe(8);
    expect(share.mostOfAStep()).toEqual({ blocks: 0, shardsPerRank: 0 });
  });

  test('leaves a rank without work where the last batch is too small for all', () => {
    const share = new RankShare(plan, evaluationPlan, { rank: 0, size: 4 });
    expect(share.gradientTasks(0)).toEqual({ first: 0, end: 2 });
    expect(share.gradientTasks(2)).toEqual({ first: 0, end: 0 });
    expect(share.blocks(2).size).toBe(0);
    expect(share.leaves(2)).toBe(3);
  });

  test('has blocks with the tasks that they add up', () => {
    const share = new RankShare(plan, evaluationPlan, { rank: 1, size: 2 });
    expect([...share.blocks(0)]).toEqual([[1, { first: 4, end: 8 }]]);
    expect([...share.blocks(2)]).toEqual([[1, { first: 2, end: 3 }]]);
    expect(share.mostOfAStep()).toEqual({ blocks: 2, shardsPerRank: 4 });
  });

  test('counts micro-shards where a task has several', () => {
    const grouped = { sampleCount: 300, batchSize: 128, microBatch: 16, shardsPerTask: 2 };
    const share = new RankShare(grouped, evaluationPlan, { rank: 1, size: 2 });
    expect(share.gradientTasks(0)).toEqual({ first: 2, end: 4 });
    expect(share.gradientShards(0)).toEqual({ first: 4, end: 8 });
    expect(share.gradientShards(2)).toEqual({ first: 2, end: 3 });
  });
});
