import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test, vi } from 'vitest';
import { layoutMemory } from '../../src/shared/memory-layout.ts';
import { parameterCount } from '../../src/shared/parameters.ts';
import { phaseKinds, WorkQueue } from '../../src/shared/work-queue.ts';

const layout = layoutMemory({
  workers: 1,
  parameters: parameterCount,
  averages: false,
  images: 1,
  trainingSamples: 1,
  evaluationSamples: 1,
  stepsPerEpoch: 1,
  slots: 24,
  shards: 24,
  spareSlotsPerWorker: 0,
  evaluationShards: 1,
  scratchBytesPerWorker: 64,
  traceCapacity: 0,
  ranks: 1,
  blocks: 0,
  shardsPerRank: 0,
});

function newQueue() {
  const buffer = new SharedArrayBuffer(layout.totalBytes);
  return { buffer, queue: new WorkQueue(buffer, layout) };
}

describe('WorkQueue', () => {
  test('gives out the tasks of a phase in order, then none', () => {
    const { queue } = newQueue();
    queue.open(phaseKinds.gradients, 3);
    expect([queue.claim(), queue.claim(), queue.claim(), queue.claim()]).toEqual([0, 1, 2, -1]);
  });

  test('counts the tasks that are left to claim', () => {
    const { queue } = newQueue();
    queue.open(phaseKinds.gradients, 2);
    const counts = Array.from({ length: 4 }, () => {
      const { unclaimed } = queue;
      queue.claim();
      return unclaimed;
    });
    expect(counts).toEqual([2, 1, 0, 0]);
  });

  test('tells whoever finishes the last task, in whatever order they finish', () => {
    const { queue } = newQueue();
    queue.open(phaseKinds.evaluate, 3);
    for (let claims = 0; claims < 3; claims++) queue.claim();
    expect([queue.finish(2), queue.finish(0), queue.finish(1)]).toEqual([false, false, true]);
  });

  test('is not misled by a phase that another thread opens while a task of the one before is finished', () => {
    const { queue } = newQueue();
    queue.open(phaseKinds.update, 3);
    for (let claims = 0; claims < 3; claims++) queue.claim();
    const add = vi.spyOn(Atomics, 'add').mockImplementationOnce((...done) => {
      const before = Atomics.add(...done);
      // The other threads run between two instructions of this one.
      expect([queue.finish(1), queue.finish(2)]).toEqual([false, true]);
      queue.open(phaseKinds.gradients, 1);
      return before;
    });
    expect(queue.finish(0)).toBe(false);
    expect(add).toHaveBeenCalled();
    add.mockRestore();
  });

  test('does not wait for a phase that has ended', () => {
    const { queue } = newQueue();
    const before = queue.phase;
    queue.open(phaseKinds.update, 1);
    queue.waitWhile(before, false, 60_000);
    expect(queue.phase).toBe(before + 1);
  });

  test('after a pause, offers what was not finished: whoever had claimed it', () => {
    const { queue } = newQueue();
    queue.open(phaseKinds.gradients, 5);
    for (let claims = 0; claims < 4; claims++) queue.claim();
    queue.finish(1);
    queue.finish(3);
    queue.pause();
    expect(queue.paused).toBe(true);
    expect(queue.requeueUnfinished()).toBe(3);
    expect(queue.paused).toBe(false);
    expect([queue.claim(), queue.claim(), queue.claim(), queue.claim()]).toEqual([0, 2, 4, -1]);
    expect([queue.finish(4), queue.finish(0), queue.finish(2)]).toEqual([false, false, true]);
  });

  test.each([{ spin: true }, { spin: false }])(
    '5 threads run every task of 400 phases exactly once ($spin)',
    async ({ spin }) => {
      const phases = 400;
      const { buffer, queue } = newQueue();
      const runs = new SharedArrayBuffer(4 * phases * layout.taskCapacity);
      const rounds = new SharedArrayBuffer(4);
      queue.open(phaseKinds.gradients, 3);
      const threads = Array.from(
        { length: 5 },
        () =>
          new Worker(new URL('../fixtures/queue-thread.mjs', import.meta.url), {
            workerData: { buffer, layout, runs, rounds, phases, spin },
          }),
      );
      await Promise.all(threads.map((thread) => once(thread, 'message')));
      const counts = new Int32Array(runs);
      const expected = new Int32Array(counts.length);
      for (let phase = 0; phase < phases; phase++) {
        const tasks = phase === 0 ? 3 : 1 + (((phase - 1) * 7) % layout.taskCapacity);
        expected.fill(1, phase * layout.taskCapacity, phase * layout.taskCapacity + tasks);
      }
      expect(counts).toEqual(expected);
    },
  );
});
