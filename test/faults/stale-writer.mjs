// A worker that hangs in a system call which ends, long after the worker was given up, with a write into the shared memory:
// no JavaScript is needed for that, so to terminate the thread does not prevent it. STALE in the environment tells
// { pipe, marker }: what it reads from, and the file that the one worker that hangs creates.
import { closeSync, openSync, readSync } from 'node:fs';
import { serveWorker } from '../../dist/worker/serve.js';

const { pipe, marker } = JSON.parse(process.env.STALE);
const pause = new Int32Array(new SharedArrayBuffer(4));

function isFirst() {
  try {
    closeSync(openSync(marker, 'wx'));
    return true;
  } catch {
    return false;
  }
}

export default (task) =>
  serveWorker(task, (engine) => {
    const { memory, layout } = task.assignment;
    const firstSlot = new Uint8Array(memory.buffer, layout.gradientSlots, layout.slotStride);
    return {
      device: engine.device,
      invalidateParameters: () => engine.invalidateParameters(),
      evaluate: (...shard) => engine.evaluate(...shard),
      lossAndGradients(globalStep, shard, slot, result) {
        // Also open for writing, or the call would wait, and end, before anything is written.
        if (globalStep === 1 && slot === 0 && isFirst()) readSync(openSync(pipe, 'r+'), firstSlot);
        engine.lossAndGradients(globalStep, shard, slot, result);
        // The first slot is full for most of a step's time: whenever something is written there, it matters.
        if (slot === 5) Atomics.wait(pause, 0, 0, 100);
      },
    };
  });
