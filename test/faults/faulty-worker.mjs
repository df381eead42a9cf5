// A worker with a fault, told by FAULT in the environment: { kind, after, fromStep, marker }. It happens once, to the first worker
// that has computed `after` micro-shards, or is to work on a step after the first `fromStep`, and can create the file `marker`;
// without a marker, to every worker again and again.
import { closeSync, openSync } from 'node:fs';
import { serveWorker } from '../../dist/worker/serve.js';

const fault = JSON.parse(process.env.FAULT);

/** (module (func (export "run") …)): an unreachable instruction, and a loop without end. */
const trap = [0x00, 0x0b];
const endlessLoop = [0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b];
function runWasm(body) {
  const code = [0x00, ...body];
  const bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
  bytes.push(7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0, 10, code.length + 2, 1, code.length, ...code);
  new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes))).exports.run();
}

function isFirst() {
  if (fault.marker === undefined) return true;
  try {
    closeSync(openSync(fault.marker, 'wx'));
    return true;
  } catch {
    return false;
  }
}

const faults = {
  throw: () => {
    throw new Error('an injected fault');
  },
  exit0: () => process.exit(0),
  exit1: () => process.exit(1),
  uncaught: () => {
    queueMicrotask(() => {
      throw new Error('an injected uncaught error');
    });
  },
  outOfMemory: () => {
    const hoard = [];
    for (;;) hoard.push(new Array(100_000).fill(hoard.length));
  },
  trap: () => runWasm(trap),
  hang: () => runWasm(endlessLoop),
};

export default function main(task) {
  if (fault.kind === 'atStart' && isFirst()) throw new Error('an injected fault at the start');
  return serveWorker(task, (engine) => {
    let computed = 0;
    const due = (globalStep) =>
      (fault.fromStep === undefined ? computed++ === fault.after : globalStep >= fault.fromStep) && isFirst();
    return {
      device: engine.device,
      invalidateParameters: () => engine.invalidateParameters(),
      evaluate(globalStep, ...shard) {
        if (fault.inEvaluation && due(globalStep)) faults[fault.kind]();
        engine.evaluate(globalStep, ...shard);
      },
      lossAndGradients(globalStep, shard, slot, result) {
        const isDue = !fault.inEvaluation && due(globalStep);
        if (isDue && fault.kind in faults) faults[fault.kind]();
        if (isDue && fault.kind === 'halfWritten') {
          slotOf(task, slot).fill(1e9, 0, 30_000);
          process.exit(1);
        }
        if (isDue && fault.kind === 'lateWrite') {
          // Hangs for longer than it is waited for, and would then write into whatever step is under way.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
          for (let other = 0; other < task.assignment.layout.needs.slots; other++)
            slotOf(task, other).fill(1e9);
        }
        engine.lossAndGradients(globalStep, shard, slot, result);
        if (isDue && fault.kind === 'unpublished') process.exit(1);
      },
    };
  });
}

function slotOf({ assignment: { memory, layout } }, slot) {
  return new Float32Array(memory.buffer, layout.gradientSlots + slot * layout.slotStride, 61_706);
}
