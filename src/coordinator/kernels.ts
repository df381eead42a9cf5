import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { RunError } from '../shared/errors.ts';

/** The build's output; the path is the same seen from src/coordinator and from dist/coordinator. */
const kernelsFile = new URL('../../dist/worker/kernels.wasm', import.meta.url);

/** The kernels' WebAssembly binary. */
export async function readKernels(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(kernelsFile));
}

/** Of that binary, in hexadecimal: other kernels may give other bits. */
export async function hashKernels(): Promise<string> {
  return createHash('sha256')
    .update(await readKernels())
    .digest('hex');
}

export interface CompiledKernels {
  /** To be posted to the workers, each of which instantiates it. */
  module: WebAssembly.Module;
  /** Bytes of scratch that a worker needs for micro-batches of up to `microBatch` samples. */
  scratchBytes(microBatch: number): number;
}

/** Compiles the kernels, once for all threads. @throws RunError where the processor is too old for them */
export async function compileKernels(): Promise<CompiledKernels> {
  const module = await compile(await readKernels());
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return { module, scratchBytes: exports['scratchBytes'] as (microBatch: number) => number };
}

async function compile(bytes: BufferSource): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    throw new RunError(
      `the kernels cannot be compiled on this machine: ${cause.message}.`,
      'They need WebAssembly SIMD: an x86-64 processor with SSE4.1, or arm64.',
      cause,
    );
  }
}
