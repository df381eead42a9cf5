import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import type { KernelExports } from '../../../src/shared/kernel-exports.ts';
import {
  type Augmentation,
  activations,
  type ModelOptions,
  noAugmentation,
  noRegularization,
  poolings,
  type Regularization,
  referenceModel,
} from '../../../src/shared/model-options.ts';
import { parameterLayout } from '../../../src/shared/parameters.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const alignment = 64;

/**
 * Compiles AssemblyScript with the product's own options, so that a test never sees a stale build.
 * @param entry path from the repository's root
 */
export async function compileKernels(entry = 'src/worker/kernels/index.ts'): Promise<WebAssembly.Module> {
  const compiled = new Map<string, Uint8Array | string>();
  const { error, stderr } = await asc.main(
    [
      join(repository, entry),
      '--config',
      join(repository, 'src/worker/kernels/asconfig.json'),
      '--outFile',
      'kernels.wasm',
    ],
    { writeFile: (name, contents) => void compiled.set(name, contents) },
  );
  const binary = compiled.get('kernels.wasm');
  if (error !== null || !(binary instanceof Uint8Array)) throw new Error(stderr.toString());
  return WebAssembly.compile(binary as Uint8Array<ArrayBuffer>);
}

/** The kernels over a memory of their own, with typed arrays in and out. */
export class KernelHarness {
  readonly memory = new WebAssembly.Memory({ initial: 640, maximum: 65536, shared: true });
  readonly kernels: KernelExports;
  #end = 1 << 16;

  constructor(module: WebAssembly.Module) {
    this.kernels = instantiate<KernelExports>(module, this.memory);
  }

  /** Address of `length` fresh bytes, zero at first. */
  allocate(length: number): number {
    const address = this.#end;
    this.#end = Math.ceil((address + length) / alignment) * alignment;
    if (this.#end > this.memory.buffer.byteLength) throw new RangeError('the test memory is full');
    return address;
  }

  /** Address of a copy of `values`. */
  place(values: Float32Array | Uint8Array | Uint32Array): number {
    const address = this.allocate(values.byteLength);
    this.bytes(address, values.byteLength).set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
    return address;
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  /** The result of a micro-shard. */
  shardResult(address: number): { lossSum: number; correct: number } {
    const view = new DataView(this.memory.buffer, address, 12);
    return { lossSum: view.getFloat64(0, true), correct: view.getInt32(8, true) };
  }
}

export function instantiate<Exports>(module: WebAssembly.Module, memory: WebAssembly.Memory): Exports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
}

/** What a run would choose. */
export interface KernelChoices {
  model?: ModelOptions;
  regularization?: Regularization;
  augmentation?: Augmentation;
  seed?: number;
  epoch?: number;
}

/** One model and one set of samples in memory, and a scratch for micro-shards of up to `microBatch` samples. */
export class LoadedModel {
  readonly harness: KernelHarness;
  readonly #parameters: number;
  readonly #images: number;
  readonly #labels: number;
  readonly #indices: number;
  readonly #choices: KernelChoices;
  readonly #vectorLength: number;
  /** The shard's result, and a line behind it the gradients or the predictions. */
  readonly outputs: number;
  readonly scratch: number;

  constructor(
    module: WebAssembly.Module,
    sample: { parameters: Float32Array; images: Uint8Array; labels: Uint8Array },
    microBatch: number,
    choices: KernelChoices = {},
  ) {
    this.harness = new KernelHarness(module);
    this.#choices = choices;
    this.#vectorLength = parameterLayout(choices.model ?? referenceModel).length;
    this.#parameters = this.harness.place(sample.parameters);
    this.#images = this.harness.place(sample.images);
    this.#labels = this.harness.place(sample.labels);
    this.#indices = this.harness.allocate(4 * microBatch);
    this.outputs = this.harness.allocate(4 * this.#vectorLength + 2 * alignment + microBatch);
    this.scratch = this.harness.allocate(this.harness.kernels.scratchBytes(microBatch));
  }

  lossAndGradients(indices: readonly number[], scratch = this.scratch) {
    const { kernels } = this.harness;
    const shardResult = this.outputs;
    const gradients = this.outputs + alignment;
    this.#prepare(indices, scratch);
    kernels.lossAndGradients(
      this.#parameters,
      this.#images,
      this.#labels,
      this.#indices,
      this.#indices,
      indices.length,
      this.#choices.epoch ?? 1,
      gradients,
      shardResult,
      scratch,
    );
    return {
      ...this.harness.shardResult(shardResult),
      gradientSums: this.harness.floats(gradients, this.#vectorLength).slice(),
    };
  }

  evaluate(indices: readonly number[], scratch = this.scratch) {
    const { kernels } = this.harness;
    const shardResult = this.outputs;
    const predictions = this.outputs + alignment;
    this.#prepare(indices, scratch);
    kernels.evaluate(
      this.#parameters,
      this.#images,
      this.#labels,
      this.#indices,
      indices.length,
      predictions,
      shardResult,
      scratch,
    );
    return {
      ...this.harness.shardResult(shardResult),
      predictions: this.harness.bytes(predictions, indices.length).slice(),
    };
  }

  /** The augmented images: uint8[indices.length, 28, 28]. */
  augment(indices: readonly number[], scratch = this.scratch): Uint8Array {
    const out = this.harness.allocate(784 * indices.length);
    this.#prepare(indices, scratch);
    this.harness.kernels.augment(
      this.#images,
      this.#labels,
      this.#indices,
      this.#indices,
      indices.length,
      this.#choices.epoch ?? 1,
      out,
      scratch,
    );
    return this.harness.bytes(out, 784 * indices.length).slice();
  }

  #prepare(indices: readonly number[], scratch: number): void {
    const { kernels } = this.harness;
    const {
      model = referenceModel,
      regularization: { labelSmoothing, dropout } = noRegularization,
      augmentation: { flip, shift, rotation, erasing } = noAugmentation,
      seed = 0,
    } = this.#choices;
    const activation = activations.indexOf(model.activation);
    const pooling = poolings.indexOf(model.pooling);
    kernels.configureModel(scratch, activation, pooling, Number(model.batchNorm), labelSmoothing, dropout);
    const radians = (rotation * Math.PI) / 180;
    const keyHigh = Math.floor(seed / 2 ** 32);
    kernels.configureRandomness(scratch, seed >>> 0, keyHigh, Number(flip), shift, radians, erasing);
    kernels.prepareParameters(this.#parameters, scratch);
    new Uint32Array(this.harness.memory.buffer, this.#indices, indices.length).set(indices);
  }
}
