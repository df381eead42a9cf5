import { readFile } from 'node:fs/promises';

/** The build's output; the path is the same seen from src/coordinator and from dist/coordinator. */
const kernelsFile = new URL('../../dist/worker/kernels.wasm', import.meta.url);

export interface CompiledKernels {
  /** To be posted to the workers, each of which instantiates it. */
  module: WebAssembly.Module;
  /** Bytes of scratch that a worker needs for micro-batches of up to `microBatch` samples. */
  scratchBytes(microBatch: number): number;
}

/** Compiles the kernels, once for all threads. */
export async function compileKernels(): Promise<CompiledKernels> {
  const module = await WebAssembly.compile(await readFile(kernelsFile));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return { module, scratchBytes: exports['scratchBytes'] as (microBatch: number) => number };
}
