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

/** Tree reduction and Adam over one range of the parameters: the tasks of a step's last phase, or of its last two. */
export class ParameterUpdate {
  readonly #kernels: KernelExports;
  readonly #memory: RunMemory;
  readonly #options: UpdateOptions;

  constructor(kernels: KernelExports, memory: RunMemory, options: UpdateOptions) {
    this.#kernels = kernels;
    this.#memory = memory;
    this.#options = options;
  }

  /**
   * Writes range `range` of the parameters and moments of `globalStep + 1` from those of `globalStep` and the gradient
   * slots. Reads nothing that any range of the same step's phase writes, so it can be done again.
   * @param epochStep the step's place in the epoch's optimizer schedule
   * @param sampleCount samples in the batch, by which the gradient sums are divided
   */
  run(globalStep: number, epochStep: number, range: number, slots: number, sampleCount: number): void {
    const isClipped = this.#options.clipNorm !== undefined;
    if (!isClipped) this.#reduceRange(range, slots, sampleCount);
    const { taskSeconds, layout, optimizerSchedule } = this.#memory;
    const { from, statisticsFrom, to } = this.#boundsOf(range);
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
    taskSeconds[2 * range + 1] = (performance.now() - begin) / 1000;
  }

  /** Where the gradient is clipped, the phase before: writes range `range` of the mean gradient, and its sum of squares. */
  reduce(_globalStep: number, range: number, slots: number, sampleCount: number): void {
    this.#reduceRange(range, slots, sampleCount);
  }

  /**
   * Where several ranks train together: writes range `range` of the sum over each block of tasks, for the others.
   * @param blocks the tasks of each, by the block's number
   */
  combine(range: number, blocks: ReadonlyMap<number, Interval>): void {
    const { taskSeconds, layout } = this.#memory;
    const { gradientSlots, blockSums, slotStride } = layout;
    const { from, to } = this.#boundsOf(range);
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
    taskSeconds[2 * range] = (performance.now() - begin) / 1000;
  }

  #reduceRange(range: number, slots: number, sampleCount: number): void {
    const { taskSeconds, squareSums } = this.#memory;
    const { from, statisticsFrom, to } = this.#boundsOf(range);
    const begin = performance.now();
    squareSums[range] = this.#reduce(from, statisticsFrom, slots, sampleCount);
    // Averages of statistics are no gradients: they do not count for the gradient's norm.
    if (statisticsFrom < to) this.#reduce(statisticsFrom, to, slots, sampleCount);
    taskSeconds[2 * range] = (performance.now() - begin) / 1000;
  }

  /** Pascanu et al. 2013, algorithm 1, with the sum in the order of the ranges. */
  #clippingFactor(): number {
    const { clipNorm = Number.POSITIVE_INFINITY } = this.#options;
    let squareSum = 0;
    for (const rangeSum of this.#memory.squareSums) squareSum += rangeSum;
    const norm = Math.sqrt(squareSum);
    return norm > clipNorm ? clipNorm / norm : 1;
  }

  /** The parameters of a range, and where its statistics begin: at its end if it has none. */
  #boundsOf(range: number): { from: number; statisticsFrom: number; to: number } {
    const { trainable, length } = this.#options.parameters;
    const from = range * updateRangeLength;
    const to = Math.min(from + updateRangeLength, length);
    return { from, statisticsFrom: Math.min(Math.max(from, trainable), to), to };
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
