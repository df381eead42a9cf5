import { adam, scheduleFields } from '../shared/adam.ts';
import { updateRangeLength } from '../shared/memory-layout.ts';
import { parameterCount } from '../shared/parameters.ts';
import type { RunMemory } from '../shared/run-memory.ts';
import type { KernelExports } from './kernel-exports.ts';

/** Tree reduction and Adam over one range of the parameters: the tasks of a step's second phase. */
export class ParameterUpdate {
  readonly #kernels: KernelExports;
  readonly #memory: RunMemory;

  constructor(kernels: KernelExports, memory: RunMemory) {
    this.#kernels = kernels;
    this.#memory = memory;
  }

  /**
   * Writes range `range` of the parameters and moments of `globalStep + 1` from those of `globalStep` and the gradient
   * slots. Reads nothing that any range of the same step writes, so it can be done again.
   * @param epochStep the step's place in the epoch's optimizer schedule
   * @param sampleCount samples in the batch, by which the gradient sums are divided
   */
  run(globalStep: number, epochStep: number, range: number, slots: number, sampleCount: number): void {
    const { layout, optimizerSchedule, squareSums, taskSeconds } = this.#memory;
    const current = (globalStep & 1) as 0 | 1;
    const next = (current ^ 1) as 0 | 1;
    const from = range * updateRangeLength;
    const to = Math.min(from + updateRangeLength, parameterCount);
    const begin = performance.now();
    squareSums[range] = this.#kernels.reduceGradients(
      layout.gradientSlots,
      layout.slotStride,
      slots,
      layout.meanGradient,
      from,
      to,
      sampleCount,
    );
    const reduced = performance.now();
    this.#kernels.adamUpdate(
      layout.meanGradient,
      layout.parameters[current],
      layout.firstMoments[current],
      layout.secondMoments[current],
      layout.parameters[next],
      layout.firstMoments[next],
      layout.secondMoments[next],
      from,
      to,
      optimizerSchedule[epochStep * scheduleFields] as number,
      optimizerSchedule[epochStep * scheduleFields + 1] as number,
      adam.beta1,
      adam.beta2,
      adam.epsilon,
    );
    taskSeconds[2 * range] = (reduced - begin) / 1000;
    taskSeconds[2 * range + 1] = (performance.now() - reduced) / 1000;
  }
}
