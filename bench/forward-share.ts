import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as KernelsModule from '../src/coordinator/kernels.ts';
import { shardOfStep, shardsInStep } from '../src/shared/batch-plan.ts';
import { plainEngine } from '../src/shared/engine-options.ts';
import { initialParameters } from '../src/shared/initial-parameters.ts';
import type { KernelExports } from '../src/shared/kernel-exports.ts';
import { layoutMemory } from '../src/shared/memory-layout.ts';
import { parameterCount } from '../src/shared/parameters.ts';
import { RunMemory } from '../src/shared/run-memory.ts';
import { WasmEngine } from '../src/worker/wasm-engine.ts';

/** Enough images that they do not stay in the first cache. */
const samples = 2048;
const plan = { sampleCount: samples, batchSize: samples, microBatch: 16 };
const pairs = 30;
const pageBytes = 65_536;
/** Of the build: the kernels are found relative to it. */
const kernelsModule = pathToFileURL(resolve('dist', 'coordinator', 'kernels.js')).href;

/**
 * What share of the gradient kernels' time is their forward pass, on one thread: forward alone, and forward with backward, in turn.
 * @returns 0 to 1, of each pair but those that warm up
 */
export async function measureForwardShare(): Promise<number[]> {
  const engine = await startEngine();
  const shards = Array.from({ length: shardsInStep(plan, 0) }, (_, index) => shardOfStep(plan, 0, index));
  const seconds = (run: () => void) => {
    const began = performance.now();
    run();
    return (performance.now() - began) / 1000;
  };
  const forward = () => shards.forEach((shard, index) => void engine.evaluate(0, shard, index));
  const gradients = () => shards.forEach((shard, index) => void engine.lossAndGradients(0, shard, 0, index));
  const shares = Array.from({ length: pairs }, () => seconds(forward) / seconds(gradients));
  return shares.slice(pairs / 3);
}

async function startEngine(): Promise<WasmEngine> {
  const { compileKernels } = (await import(kernelsModule)) as typeof KernelsModule;
  const { module, scratchBytes } = await compileKernels();
  const shards = shardsInStep(plan, 0);
  const layout = layoutMemory({
    workers: 1,
    parameters: parameterCount,
    averages: false,
    images: samples,
    trainingSamples: samples,
    evaluationSamples: samples,
    stepsPerEpoch: 1,
    slots: 1,
    shards,
    spareSlotsPerWorker: 0,
    evaluationShards: shards,
    scratchBytesPerWorker: scratchBytes(plan.microBatch),
    traceCapacity: 0,
    ranks: 1,
    blocks: 0,
    shardsPerRank: 0,
  });
  const pages = Math.ceil(layout.totalBytes / pageBytes);
  const wasm = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory: wasm } });
  const memory = new RunMemory(wasm.buffer as unknown as SharedArrayBuffer, layout);
  memory.parameters(0).set(initialParameters(0));
  // The kernels do not look at what they compute.
  for (let index = 0; index < memory.images.length; index++)
    memory.images[index] = (index * 2_654_435_761) >>> 24;
  for (let index = 0; index < samples; index++) {
    memory.labels[index] = index % 10;
    memory.trainingOrder[index] = index;
    memory.evaluationOrder[index] = index;
  }
  const kernels = exports as unknown as KernelExports;
  return new WasmEngine({ kernels, layout, worker: 0, plan, options: plainEngine });
}
