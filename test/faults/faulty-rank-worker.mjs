// A worker on a machine with a fault: RANK_FAULT in the environment tells { rank, step, fault, index, marker }. On that rank, at the
// first micro-shard of a step, once:
//   flip   the lowest bit of parameter `index` is flipped
//   throw  the worker fails
//   nan    an element of the micro-shard's gradient is no number
// `marker` is a file that tells the worker's successor that the fault has happened.
import { closeSync, openSync } from 'node:fs';
import { RunMemory } from '../../dist/shared/run-memory.js';
import { serveWorker } from '../../dist/worker/serve.js';

const { rank, step, fault, index, marker } = JSON.parse(process.env.RANK_FAULT);

/** Whether nobody was here before. */
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
    const { memory: wasmMemory, layout, rank: own } = task.assignment;
    const memory = new RunMemory(wasmMemory.buffer, layout);
    return {
      device: engine.device,
      invalidateParameters: () => engine.invalidateParameters(),
      evaluate: (...shard) => engine.evaluate(...shard),
      lossAndGradients(globalStep, shard, slot, result) {
        const isDue = own.rank === rank && globalStep >= step && isFirst();
        if (isDue && fault === 'throw') throw new Error('a fault of this machine');
        if (isDue && fault === 'flip') {
          const parameters = memory.parameters(globalStep);
          new Uint32Array(parameters.buffer, parameters.byteOffset)[index] ^= 1;
        }
        engine.lossAndGradients(globalStep, shard, slot, result);
        if (isDue && fault === 'nan') memory.gradientSum(slot)[0] = Number.NaN;
      },
    };
  });
