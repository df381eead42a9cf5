import type { KernelExports } from '../../src/shared/kernel-exports.ts';
import { updateRangeLength } from '../../src/shared/memory-layout.ts';
import { parameterCount } from '../../src/shared/parameters.ts';

/**
 * Kernels that touch one number of each update range, for tests that run tens of thousands of steps. What they write depends
 * on all that the real ones read, and on what lay there before, if they read it too early or too late.
 */
export class ToyKernels implements KernelExports {
  readonly #floats: Float32Array;
  readonly #bytes: DataView;

  constructor(buffer: SharedArrayBuffer) {
    this.#floats = new Float32Array(buffer);
    this.#bytes = new DataView(buffer);
  }

  /** Positions, in a vector of the parameters, of the numbers that count. */
  static readonly touched: readonly number[] = Array.from(
    { length: Math.ceil(parameterCount / updateRangeLength) },
    (_, range) => range * updateRangeLength,
  );

  scratchBytes(): number {
    return 64;
  }

  configureModel(): void {}

  configureRandomness(): void {}

  prepareParameters(): void {}

  augment(): void {}

  updateStatistics(): void {}

  addGradients(): void {}

  averageParameters(): void {}

  lossAndGradients(
    parameters: number,
    _images: number,
    _labels: number,
    indices: number,
    _names: number,
    count: number,
    _epoch: number,
    gradientSums: number,
    shardResult: number,
  ): void {
    const sample = this.#bytes.getUint32(indices, true);
    for (const position of ToyKernels.touched) {
      this.#write(gradientSums, position, Math.sin(this.#read(parameters, position) * (sample + 1)) * count);
    }
    this.#writeResult(parameters, sample, count, shardResult);
  }

  evaluate(
    parameters: number,
    _images: number,
    _labels: number,
    indices: number,
    count: number,
    predictions: number,
    shardResult: number,
  ): void {
    const sample = this.#bytes.getUint32(indices, true);
    for (let index = 0; index < count; index++) this.#bytes.setUint8(predictions + index, sample % 10);
    this.#writeResult(parameters, sample, count, shardResult);
  }

  reduceGradients(
    slots: number,
    slotStride: number,
    slotCount: number,
    meanGradient: number,
    from: number,
    _to: number,
    sampleCount: number,
  ): number {
    let sum = 0;
    for (let slot = 0; slot < slotCount; slot++) sum += this.#read(slots + slot * slotStride, from);
    this.#write(meanGradient, from, sum / sampleCount);
    return (sum / sampleCount) ** 2;
  }

  adamUpdate(
    meanGradient: number,
    parameters: number,
    firstMoments: number,
    secondMoments: number,
    newParameters: number,
    newFirstMoments: number,
    newSecondMoments: number,
    from: number,
    _to: number,
    stepSize: number,
  ): void {
    const gradient = this.#read(meanGradient, from);
    this.#write(newFirstMoments, from, this.#read(firstMoments, from) / 2 + gradient);
    this.#write(newSecondMoments, from, this.#read(secondMoments, from) / 2 + gradient ** 2);
    this.#write(
      newParameters,
      from,
      this.#read(parameters, from) - stepSize * this.#read(newFirstMoments, from),
    );
  }

  #writeResult(parameters: number, sample: number, count: number, shardResult: number): void {
    this.#bytes.setFloat64(shardResult, this.#read(parameters, 0) * sample + count, true);
    this.#bytes.setInt32(shardResult + 8, count, true);
  }

  #read(address: number, position: number): number {
    return this.#floats[address / 4 + position] as number;
  }

  #write(address: number, position: number, value: number): void {
    this.#floats[address / 4 + position] = value;
  }
}
