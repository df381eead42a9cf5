import { plainEngine } from '../shared/engine-options.ts';
import type { ModelOptions } from '../shared/model-options.ts';
import type { RunMemory } from '../shared/run-memory.ts';
import { DataParallel } from './data-parallel.ts';
import { describeReplacement } from './workers/worker-pool.ts';

interface ForwardNeeds {
  /** float32[parameterLayout(model).length]. */
  parameters: Float32Array;
  model: ModelOptions;
  /** Images that the memory has to hold. */
  images: number;
  /** Positions among the images of those to be evaluated; all by default. */
  samples?: Uint32Array;
  microBatch: number;
  workers: number;
  /** Brings images and labels into the memory, while the workers start; by default the caller does later. */
  load?: (memory: RunMemory) => Promise<void>;
}

/**
 * Starts workers that evaluate one model and train nothing. To be stopped by the caller.
 * @param onNotice told when a worker is replaced
 * @throws what `load` throws; RunError when workers fail again and again
 */
export async function startForwardSession(
  needs: ForwardNeeds,
  onNotice: (text: string) => void = () => {},
): Promise<DataParallel> {
  const { parameters, model, images, microBatch, workers } = needs;
  const samples = needs.samples ?? Uint32Array.from({ length: images }, (_, index) => index);
  const session = await DataParallel.start({
    workers,
    options: { ...plainEngine, model },
    plan: { sampleCount: 0, batchSize: 1, microBatch },
    evaluationSamples: samples.length,
    images,
    pool: {
      workerTimeoutSeconds: 60,
      maxWorkerRestarts: 3,
      onWorkerReplaced: (_, reason) => onNotice(describeReplacement(reason)),
    },
  });
  try {
    await Promise.all([needs.load?.(session.memory), session.ready()]);
  } catch (error) {
    await session.stop();
    throw error;
  }
  session.memory.evaluationOrder.set(samples);
  session.parameters.set(parameters);
  return session;
}
