import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { layoutMemory, traceSpan } from '../../src/shared/memory-layout.ts';
import { parameterCount } from '../../src/shared/parameters.ts';
import { spanTypes, TraceRing, TraceRingReader } from '../../src/shared/trace-ring.ts';
import { phaseKinds } from '../../src/shared/work-queue.ts';

const capacity = 8;
const layout = layoutMemory({
  workers: 2,
  parameters: parameterCount,
  averages: false,
  images: 1,
  trainingSamples: 1,
  evaluationSamples: 1,
  stepsPerEpoch: 1,
  slots: 1,
  shards: 1,
  spareSlotsPerWorker: 0,
  evaluationShards: 1,
  scratchBytesPerWorker: 64,
  traceCapacity: capacity,
  ranks: 1,
  blocks: 0,
  shardsPerRank: 0,
});

function newRings() {
  const buffer = new SharedArrayBuffer(layout.totalBytes);
  const ring = new TraceRing(buffer, layout, 1);
  const reader = new TraceRingReader(buffer, layout, 1);
  const write = (...tasks: number[]) => {
    for (const task of tasks) ring.record(spanTypes.task, phaseKinds.update, task, task + 0.5, 7, task);
  };
  const read = () => {
    const { spans: fields, lost } = reader.drain();
    const spans = Array.from({ length: fields.length / traceSpan.fields }, (_, index) => [
      ...fields.subarray(index * traceSpan.fields, (index + 1) * traceSpan.fields),
    ]);
    return { lost, spans, tasks: spans.map((span) => span[traceSpan.task] as number) };
  };
  return { buffer, write, read };
}

describe('TraceRing', () => {
  test('hands out each span once, in order, with all of its fields', () => {
    const { write, read } = newRings();
    write(1, 2);
    expect(read()).toMatchObject({ lost: 0, tasks: [1, 2] });
    write(3);
    expect(read()).toMatchObject({
      lost: 0,
      spans: [[spanTypes.task, phaseKinds.update, 3, 3.5, 7, 3]],
    });
    expect(read()).toMatchObject({ lost: 0, tasks: [] });
  });

  test('counts what was overwritten, and goes on with what is left', () => {
    const { write, read } = newRings();
    write(1);
    read();
    write(...Array.from({ length: 20 }, (_, index) => index + 2));
    // The place of the oldest one may be the one that is being written.
    expect(read()).toMatchObject({ lost: 13, tasks: [15, 16, 17, 18, 19, 20, 21] });
    write(22);
    expect(read()).toMatchObject({ lost: 0, tasks: [22] });
  });

  test('of one worker holds nothing of another', () => {
    const { buffer, write, read } = newRings();
    new TraceRing(buffer, layout, 0).record(spanTypes.wait, phaseKinds.evaluate, 1, 2, 3, 4);
    write(5);
    expect(read().tasks).toEqual([5]);
  });

  test('goes on under a writer that takes the place of another', () => {
    const { buffer, write, read } = newRings();
    write(1);
    new TraceRing(buffer, layout, 1).record(spanTypes.task, phaseKinds.update, 2, 3, 4, 2);
    write(3);
    expect(read().tasks).toEqual([1, 2, 3]);
  });

  test('that another thread writes without a pause gives whole spans in order, and says how many it does not give', async () => {
    const { buffer, read } = newRings();
    const spans = 300_000;
    const module = JSON.stringify(new URL('../../dist/shared/trace-ring.js', import.meta.url));
    const thread = new Worker(
      `const { workerData } = require('node:worker_threads');
      import(${module}).then(({ TraceRing }) => {
        const ring = new TraceRing(workerData.buffer, workerData.layout, 1);
        for (let n = 1; n <= ${spans}; n++) ring.record(n, n, n, n, n, n);
      });`,
      { eval: true, workerData: { buffer, layout } },
    );
    const ended = once(thread, 'exit');
    let seen = 0;
    let last = 0;
    const look = () => {
      const { lost, spans: some } = read();
      for (const span of some) {
        const number = span[0] as number;
        expect(span).toEqual(new Array(traceSpan.fields).fill(number));
        expect(number).toBeGreaterThan(last);
        last = number;
      }
      seen += lost + some.length;
    };
    while (last < spans) {
      look();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    expect(seen).toBe(spans);
  });
});
