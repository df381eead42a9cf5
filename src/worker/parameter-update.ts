import { adam, schedule, statisticsMomentum } from '../shared/adam.ts';
import type { KernelExports } from '../shared/kernel-exports.ts';
import { updateRangeLength } from '../shared/memory-layout.ts';
import type { ParameterLayout } from '../shared/parameters.ts';
import type { Interval } from '../shared/rank-share.ts';
import type { RunMemory } from '../shared/run-memory.ts';

export interface UpdateOptions {
  parameters: ParameterLayout;
  /** Largest norm of the gradient, if it is clipped. */
  clipNorm: number | undefined;
}

/** Elements [from, to) of the parameters; from `statisticsFrom` on, which is `to` where there are none, they are statistics. */
interface Elements {
  from: number;
  statisticsFrom: number;
  to: number;
}

/** Tree reduction and Adam over some of the parameters: the tasks of a step's last phase, or of its last two. */
export class ParameterUpdate {
  readonly #kernels: KernelExports;
  readonly #memory: RunMemory;
  readonly #options: UpdateOptions;
  /** By the number of the range, and of the task. */
  readonly #ranges: readonly Elements[];
  readonly #tasks: readonly Elements[];

  constructor(kernels: KernelExports, memory: RunMemory, options: UpdateOptions) {
    const { updateRanges, updateTasks, rangesPerTask } = memory.layout;
    this.#kernels = kernels;
    this.#memory = memory;
    this.#options = options;
    this.#ranges = cut(options.parameters, updateRanges, updateRangeLength);
    this.#tasks = cut(options.parameters, updateTasks, rangesPerTask * updateRangeLength);
  }

  /**
   * Writes task `task`'s parameters and moments of `globalStep + 1` from those of `globalStep` and the gradient slots. Reads
   * nothing that any task of the same step's phase writes, so it can be done again.
   * @param epochStep the step's place in the epoch's optimizer schedule
   * @param sampleCount samples in the batch, by which the gradient sums are divided
   */
  run(globalStep: number, epochStep: number, task: number, slots: number, sampleCount: number): void {
    const isClipped = this.#options.clipNorm !== undefined;
    if (!isClipped) this.#reduceTask(task, slots, sampleCount);
    const { taskSeconds, layout, optimizerSchedule } = this.#memory;
    const { from, statisticsFrom, to } = this.#tasks[task] as Elements;
    const begin = performance.now();
    this.#takeAdamStep(globalStep, epochStep, from, statisticsFrom, isClipped ? this.#clippingFactor() : 1);
    if (statisticsFrom < to) this.#updateStatistics(globalStep, statisticsFrom, to);
    if (layout.needs.averages) {
      const current = (globalStep & 1) as 0 | 1;
      const next = (current ^ 1) as 0 | 1;
      const decay = optimizerSchedule[epochStep * schedule.fields + schedule.emaDecay] as number;
      const { parameters, averages } = layout;
      this.#kernels.averageParameters(parameters[next], averages[current], averages[next], from, to, decay);
    }
    taskSeconds[2 * task + 1] = (performance.now() - begin) / 1000;
  }

  /** Where the gradient is clipped, the phase before: writes task `task`'s mean gradient, and the sums of squares of its ranges. */
  reduce(_globalStep: number, task: number, slots: number, sampleCount: number): void {
    this.#reduceTask(task, slots, sampleCount);
  }

  /**
   * Where several ranks train together: writes task `task`'s part of the sum over each block of gradient tasks, for the others.
   * @param blocks the gradient tasks of each, by the block's number
   */
  combine(task: number, blocks: ReadonlyMap<number, Interval>): void {
    const { taskSeconds, layout } = this.#memory;
    const { gradientSlots, blockSums, slotStride } = layout;
    const { from, to } = this.#tasks[task] as Elements;
    const begin = performance.now();
    for (const [block, { first, end }] of blocks) {
      const source = gradientSlots + first * slotStride;
      // Divided by one, a mean is a sum.
      this.#kernels.reduceGradients(
        source,
        slotStride,
        end - first,
        blockSums + block * slotStride,
        from,
        to,
        1,
      );
    }
    taskSeconds[2 * task] = (performance.now() - begin) / 1000;
  }

  #reduceTask(task: number, slots: number, sampleCount: number): void {
    const { taskSeconds, squareSums, layout } = this.#memory;
    const first = task * layout.rangesPerTask;
    const end = Math.min(first + layout.rangesPerTask, layout.updateRanges);
    const begin = performance.now();
    for (let range = first; range < end; range++) {
      const { from, statisticsFrom, to } = this.#ranges[range] as Elements;
      squareSums[range] = this.#reduce(from, statisticsFrom, slots, sampleCount);
      // Averages of statistics are no gradients: they do not count for the gradient's norm.
      if (statisticsFrom < to) this.#reduce(statisticsFrom, to, slots, sampleCount);
    }
    taskSeconds[2 * task] = (performance.now() - begin) / 1000;
  }

  /** Pascanu et al. 2013, algorithm 1, with the sum in the order of the ranges. */
  #clippingFactor(): number {
    const { clipNorm = Number.POSITIVE_INFINITY } = this.#options;
    let squareSum = 0;
    for (const rangeSum of this.#memory.squareSums) squareSum += rangeSum;
    const norm = Math.sqrt(squareSum);
    return norm > clipNorm ? clipNorm / norm : 1;
  }

  #reduce(from: number, to: number, slots: number, sampleCount: number): number {
    const { gradientSlots, blockSums, slotStride, meanGradient, needs } = this.#memory.layout;
    return this.#kernels.reduceGradients(
      needs.ranks === 1 ? gradientSlots : blockSums,
      slotStride,
      slots,
      meanGradient,
      from,
      to,
      sampleCount,
    );
  }

  #takeAdamStep(
    globalStep: number,
    epochStep: number,
    from: number,
    to: number,
    gradientScale: number,
  ): void {
    const { layout, optimizerSchedule } = this.#memory;
    const current = (globalStep & 1) as 0 | 1;
    const next = (current ^ 1) as 0 | 1;
    const at = epochStep * schedule.fields;
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
      optimizerSchedule[at + schedule.stepSize] as number,
      optimizerSchedule[at + schedule.rootBiasCorrection2] as number,
      gradientScale,
      optimizerSchedule[at + schedule.decay] as number,
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

/** The parameters in `count` pieces of `length` elements; the last may be shorter. */
function cut({ trainable, length: all }: ParameterLayout, count: number, length: number): Elements[] {
  return Array.from({ length: count }, (_, index) => {
    const from = index * length;
    const to = Math.min(from + length, all);
    return { from, statisticsFrom: Math.min(Math.max(from, trainable), to), to };
  });
}
