// A worker on a machine with a fault: FLIPPED_BIT in the environment tells { rank, step, index }. On that rank, at the first micro-shard
// of a step, the lowest bit of one parameter is flipped, once.
import { RunMemory } from '../../dist/shared/run-memory.js';
import { serveWorker } from '../../dist/worker/serve.js';

const { rank, step, index } = JSON.parse(process.env.FLIPPED_BIT);

export default (task) =>
  serveWorker(task, (engine) => {
    const { memory: wasmMemory, layout, rank: own } = task.assignment;
    const memory = new RunMemory(wasmMemory.buffer, layout);
    let isDue = own.rank === rank;
    return {
      device: engine.device,
      invalidateParameters: () => engine.invalidateParameters(),
      evaluate: (...shard) => engine.evaluate(...shard),
      lossAndGradients(globalStep, ...shard) {
        if (isDue && globalStep >= step) {
          isDue = false;
          const parameters = memory.parameters(globalStep);
          new Uint32Array(parameters.buffer, parameters.byteOffset)[index] ^= 1;
        }
        engine.lossAndGradients(globalStep, ...shard);
      },
    };
  });
