import { plainEngine } from '../shared/engine-options.ts';
import type { ModelOptions } from '../shared/model-options.ts';
import { DataParallel } from './data-parallel.ts';
import { describeReplacement } from './workers/worker-pool.ts';

/**
 * Starts workers that evaluate one model and train nothing. The samples are taken in the order of the images.
 * @param needs.parameters float32[parameterLayout(model).length]
 * @param needs.samples images of an evaluation; the memory holds as many
 * @param onNotice told when a worker is replaced
 * @returns ready to be given images and labels
 */
export async function startForwardSession(
  needs: {
    parameters: Float32Array;
    model: ModelOptions;
    samples: number;
    microBatch: number;
    workers: number;
  },
  onNotice: (text: string) => void,
): Promise<DataParallel> {
  const { parameters, model, samples, microBatch, workers } = needs;
  const session = await DataParallel.start({
    workers,
    options: { ...plainEngine, model },
    plan: { sampleCount: 0, batchSize: 1, microBatch },
    evaluationSamples: samples,
    images: samples,
    pool: {
      workerTimeoutSeconds: 60,
      maxWorkerRestarts: 3,
      onWorkerReplaced: (_, reason) => onNotice(describeReplacement(reason)),
    },
  });
  try {
    await session.ready();
  } catch (error) {
    await session.stop();
    throw error;
  }
  session.memory.evaluationOrder.set(Uint32Array.from({ length: samples }, (_, index) => index));
  session.parameters.set(parameters);
  return session;
}
