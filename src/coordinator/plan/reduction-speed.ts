import type { KernelExports } from '../../shared/kernel-exports.ts';
import { slotStrideBytes } from '../../shared/memory-layout.ts';
import { summarize } from '../bench/statistics.ts';
import { compileKernels } from '../kernels.ts';
import type { KernelSpeed } from './step-cost.ts';

/** Each number of sums has its own speed: eight have a kernel of their own. */
const measuredSums = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 64, 128];
const repetitions = 9;
const warmUpMilliseconds = 50;
const pageBytes = 65_536;

/** Lets the kernel that adds up gradients run on this thread. @param parameters length of a gradient sum */
export async function measureReduction(parameters: number): Promise<KernelSpeed['reduction']> {
  const stride = slotStrideBytes(parameters);
  const mostSums = Math.max(...measuredSums);
  // The first page belongs to the kernels; the last sum's place is for the result.
  const pages = 1 + Math.ceil(((mostSums + 1) * stride) / pageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const { module } = await compileKernels();
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const { reduceGradients } = exports as unknown as KernelExports;
  new Float32Array(memory.buffer, pageBytes, ((mostSums + 1) * stride) / 4).fill(1e-3);
  const reduce = (sums: number) => {
    const began = performance.now();
    reduceGradients(pageBytes, stride, sums, pageBytes + mostSums * stride, 0, parameters, 128);
    return (performance.now() - began) / 1000;
  };
  const began = performance.now();
  while (performance.now() - began < warmUpMilliseconds) for (const sums of [8, 7]) reduce(sums);
  return measuredSums.map((sums) => ({
    sums,
    seconds: summarize(Array.from({ length: repetitions }, () => reduce(sums))).median,
  }));
}
