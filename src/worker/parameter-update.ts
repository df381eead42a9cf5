import { adam, scheduleFields, statisticsMomentum } from '../shared/adam.ts';
import { updateRangeLength } from '../shared/memory-layout.ts';
import type { ParameterLayout } from '../shared/parameters.ts';
import type { RunMemory } from '../shared/run-memory.ts';
import type { KernelExports } from './kernel-exports.ts';

/** Tree reduction and Adam over one range of the parameters: the tasks of a step's second phase. */
export class ParameterUpdate {
  readonly #kernels: KernelExports;
  readonly #memory: RunMemory;
  readonly #parameters: ParameterLayout;

  constructor(kernels: KernelExports, memory: RunMemory, parameters: ParameterLayout) {
    this.#kernels = kernels;
    this.#memory = memory;
    this.#parameters = parameters;
  }

  /**
   * Writes range `range` of the parameters and moments of `globalStep + 1` from those of `globalStep` and the gradient
   * slots. Reads nothing that any range of the same step writes, so it can be done again.
   * @param epochStep the step's place in the epoch's optimizer schedule
   * @param sampleCount samples in the batch, by which the gradient sums are divided
   */
  run(globalStep: number, epochStep: number, range: number, slots: number, sampleCount: number): void {
    const { taskSeconds, squareSums } = this.#memory;
    const { trainable, length } = this.#parameters;
    const from = range * updateRangeLength;
    const to = Math.min(from + updateRangeLength, length);
    const statisticsFrom = Math.min(Math.max(from, trainable), to);
    const begin = performance.now();
    squareSums[range] = this.#reduce(from, statisticsFrom, slots, sampleCount);
    // Averages of statistics are no gradients: they do not count for the gradient's norm.
    if (statisticsFrom < to) this.#reduce(statisticsFrom, to, slots, sampleCount);
    const reduced = performance.now();
    this.#takeAdamStep(globalStep, epochStep, from, statisticsFrom);
    if (statisticsFrom < to) this.#updateStatistics(globalStep, statisticsFrom, to);
    taskSeconds[2 * range] = (reduced - begin) / 1000;
    taskSeconds[2 * range + 1] = (performance.now() - reduced) / 1000;
  }

  #reduce(from: number, to: number, slots: number, sampleCount: number): number {
    const { gradientSlots, slotStride, meanGradient } = this.#memory.layout;
    return this.#kernels.reduceGradients(
      gradientSlots,
      slotStride,
      slots,
      meanGradient,
      from,
      to,
      sampleCount,
    );
  }

  #takeAdamStep(globalStep: number, epochStep: number, from: number, to: number): void {
    const { layout, optimizerSchedule } = this.#memory;
    const current = (globalStep & 1) as 0 | 1;
    const next = (current ^ 1) as 0 | 1;
    const schedule = epochStep * scheduleFields;
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
      optimizerSchedule[schedule] as number,
      optimizerSchedule[schedule + 1] as number,
      optimizerSchedule[schedule + 2] as number,
      adam.beta1,
      adam.beta2,
      adam.epsilon,
    );
  }

  #updateStatistics(globalStep: number, from: number, to: number): void {
    const { layout } = this.#memory;
    const current = (globalStep & 1) as 0 | 1;
    const next = (current ^ 1) as 0 | 1;
    this.#kernels.updateStatistics(
      layout.meanGradient,
      layout.parameters[current],
      layout.parameters[next],
      layout.firstMoments[next],
      layout.secondMoments[next],
      from,
      to,
      statisticsMomentum,
    );
  }
}
