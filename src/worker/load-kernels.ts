import { readFile } from 'node:fs/promises';
import type { KernelExports } from './kernel-exports.ts';

/** The build's output; the path is the same seen from src/worker and from dist/worker. */
const kernelsFile = new URL('../../dist/worker/kernels.wasm', import.meta.url);

/** Compiles the kernels once; the module can be posted to any number of threads. */
export async function compileKernels(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(kernelsFile));
}

export async function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<KernelExports> {
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  return instance.exports as unknown as KernelExports;
}
