import type { EngineOptions } from '../shared/engine-options.ts';
import { layoutMemory } from '../shared/memory-layout.ts';
import { parameterLayout } from '../shared/parameters.ts';
import { RunMemory } from '../shared/run-memory.ts';
import { checkBatch } from './check-batch.ts';
import type { Engine, Evaluation, LabelledBatch, LossAndGradients } from './engine.ts';
import { instantiateKernels } from './instantiate-kernels.ts';
import { WasmEngine } from './wasm-engine.ts';

/**
 * The `cpu` engine for a caller's own loop: the kernels of the workers, over a small memory of its own, in this thread.
 * @param module the compiled kernels
 * @param scratchBytes what the kernels need for `maximumBatch` samples
 * @param maximumBatch most samples of one call
 */
export async function createCpuEngine(
  module: WebAssembly.Module,
  scratchBytes: number,
  maximumBatch: number,
  options: EngineOptions,
): Promise<Engine> {
  const parameters = parameterLayout(options.model);
  const layout = layoutMemory({
    workers: 1,
    parameters: parameters.length,
    averages: false,
    images: maximumBatch,
    // The identity, and behind it the names of the samples.
    trainingSamples: 2 * maximumBatch,
    evaluationSamples: maximumBatch,
    stepsPerEpoch: 1,
    slots: 1,
    shards: 1,
    spareSlotsPerWorker: 0,
    evaluationShards: 1,
    scratchBytesPerWorker: scratchBytes,
    traceCapacity: 0,
    ranks: 1,
    blocks: 0,
    shardsPerRank: 0,
  });
  const pages = layout.totalBytes / 65_536;
  const wasmMemory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const memory = new RunMemory(wasmMemory.buffer as unknown as SharedArrayBuffer, layout);
  const kernels = await instantiateKernels(module, wasmMemory);
  const engine = new WasmEngine({
    kernels,
    layout,
    worker: 0,
    plan: { sampleCount: maximumBatch, batchSize: maximumBatch, microBatch: maximumBatch },
    options,
    names: layout.trainingOrder + 4 * maximumBatch,
  });
  const gradient = new Float32Array(memory.buffer, layout.gradientSlots, parameters.length);
  const identity = Uint32Array.from({ length: maximumBatch }, (_, index) => index);
  memory.trainingOrder.set(identity);
  memory.evaluationOrder.set(identity);

  /** @param step tells the epoch, and which of the two places the parameters take */
  const load = (batch: LabelledBatch, step: number): { first: 0; count: number } => {
    checkBatch(batch, maximumBatch, parameters.length);
    const { images, labels, draws } = batch;
    memory.parameters(step).set(batch.parameters);
    memory.trainingOrder.set(draws?.samples ?? identity, maximumBatch);
    memory.images.set(images);
    memory.labels.set(labels);
    engine.invalidateParameters();
    return { first: 0, count: labels.length };
  };

  return {
    device: engine.device,
    async lossAndGradients(batch): Promise<LossAndGradients> {
      const step = (batch.draws?.epoch ?? 1) - 1;
      engine.lossAndGradients(step, load(batch, step), 0, 0);
      return {
        lossSum: memory.shardLoss(0),
        correct: memory.shardCorrect(0),
        gradientSums: gradient.slice(),
      };
    },
    async evaluate(batch): Promise<Evaluation> {
      const shard = load(batch, 0);
      engine.evaluate(0, shard, 0);
      return {
        lossSum: memory.shardLoss(0),
        correct: memory.shardCorrect(0),
        predictions: memory.predictions.slice(0, shard.count),
      };
    },
    async dispose(): Promise<void> {},
  };
}
