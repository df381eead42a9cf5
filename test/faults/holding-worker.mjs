// A worker that waits in step HOLD_AT_STEP (counted over the run, from 0) until the run is asked to stop: so that a test
// interrupts it after exactly that step.

import { StepCursor } from '../../dist/shared/step-cursor.js';
import { serveWorker } from '../../dist/worker/serve.js';

const pause = new Int32Array(new SharedArrayBuffer(4));

export default (task) =>
  serveWorker(task, (engine) => {
    const { memory, layout } = task.assignment;
    const cursor = new StepCursor(memory.buffer, layout);
    return {
      device: engine.device,
      invalidateParameters: () => engine.invalidateParameters(),
      evaluate: (...shard) => engine.evaluate(...shard),
      lossAndGradients(globalStep, ...shard) {
        if (globalStep === Number(process.env.HOLD_AT_STEP)) {
          while (cursor.stopStep > 0) Atomics.wait(pause, 0, 0, 1);
        }
        engine.lossAndGradients(globalStep, ...shard);
      },
    };
  });
