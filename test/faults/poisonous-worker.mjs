// A worker that, as POISON in the environment tells, writes a number that is none where a result belongs:
// { kind: 'loss' | 'gradient' | 'evaluation', globalStep, shard, value }, steps and micro-shards counted from 0.
import { serveWorker } from '../../dist/worker/serve.js';

const poison = JSON.parse(process.env.POISON);
const value = Number(poison.value);

export default ({ assignment, port }) =>
  serveWorker({ assignment, port }, (engine) => {
    const { memory, layout } = assignment;
    const isDue = (globalStep, shard) => globalStep === poison.globalStep && shard === poison.shard;
    const writeLoss = (shard) =>
      new DataView(memory.buffer, layout.shardResults + shard * 16).setFloat64(0, value, true);
    return {
      device: engine.device,
      invalidateParameters: () => engine.invalidateParameters(),
      evaluate(globalStep, shard, task) {
        engine.evaluate(globalStep, shard, task);
        if (poison.kind === 'evaluation' && isDue(globalStep, task)) writeLoss(task);
      },
      lossAndGradients(globalStep, shard, slot, result) {
        engine.lossAndGradients(globalStep, shard, slot, result);
        if (!isDue(globalStep, slot)) return;
        if (poison.kind === 'loss') writeLoss(slot);
        if (poison.kind === 'gradient') {
          new Float32Array(memory.buffer, layout.gradientSlots + slot * layout.slotStride)[61_705] = value;
        }
      },
    };
  });
