import { adam } from '../../../shared/adam.ts';
import { type BatchPlan, samplesInStep, shardOfStep, shardsInStep } from '../../../shared/batch-plan.ts';
import { plainEngine, randomnessArguments } from '../../../shared/engine-options.ts';
import type { KernelExports } from '../../../shared/kernel-exports.ts';
import { updateRangeLength } from '../../../shared/memory-layout.ts';
import { imageSize } from '../../../shared/model.ts';
import { activations, poolings } from '../../../shared/model-options.ts';
import { parameterCount } from '../../../shared/parameters.ts';
import { countArithmetic, type OperationCounts, readCounts } from './count-arithmetic.ts';

/** What a step of training executes, by where it is executed. */
export interface StepOperations {
  /** Forward and backward, over all micro-shards of the step. */
  gradients: OperationCounts;
  /** Transforms of the weights, which each worker makes for itself. */
  preparation: OperationCounts;
  /** The sum over the gradient slots, and Adam. */
  update: OperationCounts;
}

const alignment = 64;
const wasmPage = 65_536;

/**
 * Counts what the kernels execute in a full step of the reference model, by running them with counters in them. It does not depend
 * on the images, for no kernel of that model branches on values.
 * @param kernels the binary of the kernels
 * @param workers each of which prepares its scratch; of those beyond the micro-shards none has work to do
 */
export async function countStepOperations(
  kernels: Uint8Array,
  plan: Omit<BatchPlan, 'sampleCount'>,
  workers: number,
): Promise<StepOperations> {
  const step = { ...plan, sampleCount: plan.batchSize };
  const counter = await CountingKernels.load(kernels, plan.microBatch);
  const shards = shardsInStep(step, 0);
  const computing = Math.min(workers, shards);
  const last = shardOfStep(step, 0, shards - 1).count;
  const preparation = scale(counter.prepare(), computing);
  const full = shards > 1 ? scale(counter.computeGradients(plan.microBatch), shards - 1) : noOperations;
  return {
    gradients: add(full, counter.computeGradients(last)),
    preparation,
    update: counter.update(shards, samplesInStep(step, 0)),
  };
}

/** All that a step executes. */
export function totalOperations({ gradients, preparation, update }: StepOperations): number {
  const all = add(add(gradients, preparation), update);
  return all.multiplications + all.additions + all.others;
}

const noOperations: OperationCounts = { multiplications: 0, additions: 0, others: 0 };

function add(a: OperationCounts, b: OperationCounts): OperationCounts {
  return {
    multiplications: a.multiplications + b.multiplications,
    additions: a.additions + b.additions,
    others: a.others + b.others,
  };
}

function scale(counts: OperationCounts, factor: number): OperationCounts {
  return {
    multiplications: factor * counts.multiplications,
    additions: factor * counts.additions,
    others: factor * counts.others,
  };
}

/** The kernels with counters in them, over a memory of zeros: what they compute is of no interest. */
class CountingKernels {
  readonly #exports: WebAssembly.Exports;
  readonly #kernels: KernelExports;
  readonly #scratch: number;
  /** A vector of parameters, which every argument may be: gradients and moments are read and written there, too. */
  readonly #vector: number;
  readonly #samples: number;

  private constructor(
    exports: WebAssembly.Exports,
    addresses: { scratch: number; vector: number; samples: number },
  ) {
    this.#exports = exports;
    this.#kernels = exports as unknown as KernelExports;
    this.#scratch = addresses.scratch;
    this.#vector = addresses.vector;
    this.#samples = addresses.samples;
    const { model, regularization } = plainEngine;
    this.#kernels.configureModel(
      this.#scratch,
      activations.indexOf(model.activation),
      poolings.indexOf(model.pooling),
      Number(model.batchNorm),
      regularization.labelSmoothing,
      regularization.dropout,
    );
    this.#kernels.configureRandomness(this.#scratch, ...randomnessArguments(plainEngine));
  }

  static async load(binary: Uint8Array, microBatch: number): Promise<CountingKernels> {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: wasmPage, shared: true });
    const { instance } = await WebAssembly.instantiate(countArithmetic(binary), { env: { memory } });
    const { exports } = instance;
    const samples = wasmPage;
    // One image, its label, its position, and a result.
    const vector = samples + Math.ceil((imageSize + 4 * microBatch) / alignment) * alignment + 2 * alignment;
    const scratch = vector + Math.ceil((4 * parameterCount) / alignment) * alignment;
    const end = scratch + (exports as unknown as KernelExports).scratchBytes(microBatch);
    memory.grow(Math.ceil(end / wasmPage) - 1);
    return new CountingKernels(exports, { scratch, vector, samples });
  }

  prepare(): OperationCounts {
    return this.#countOf(() => this.#kernels.prepareParameters(this.#vector, this.#scratch));
  }

  computeGradients(samples: number): OperationCounts {
    const images = this.#samples;
    const result = images + Math.ceil(imageSize / alignment) * alignment;
    const indices = result + alignment;
    return this.#countOf(() =>
      this.#kernels.lossAndGradients(
        this.#vector,
        images,
        images,
        indices,
        indices,
        samples,
        1,
        this.#vector,
        result,
        this.#scratch,
      ),
    );
  }

  update(slots: number, samples: number): OperationCounts {
    const vector = this.#vector;
    const { beta1, beta2, epsilon } = adam;
    return this.#countOf(() => {
      for (let from = 0; from < parameterCount; from += updateRangeLength) {
        const to = Math.min(from + updateRangeLength, parameterCount);
        // All slots at one address: the sum has as many operations.
        this.#kernels.reduceGradients(vector, 0, slots, vector, from, to, samples);
        this.#kernels.adamUpdate(
          ...([vector, vector, vector, vector, vector, vector, vector] as const),
          from,
          to,
          ...([0, 1, 1, 1, beta1, beta2, epsilon] as const),
        );
      }
    });
  }

  #countOf(run: () => void): OperationCounts {
    const before = readCounts(this.#exports);
    run();
    return add(readCounts(this.#exports), scale(before, -1));
  }
}
