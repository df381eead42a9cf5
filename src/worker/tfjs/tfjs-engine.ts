import { setImmediate as nextTurn } from 'node:timers/promises';
import { classCount, imageHeight, imageWidth } from '../../shared/model.ts';
import { parameterCount } from '../../shared/parameters.ts';
import { checkBatch } from '../check-batch.ts';
import type { Engine, Evaluation, LabelledBatch, LossAndGradients } from '../engine.ts';
import { deviceTensors, fromDeviceLayout, toDeviceLayout } from './device-layout.ts';
import { backwardPass, type DeviceParameters, forwardPass } from './network.ts';
import { crossEntropy, logitGradient } from './operations/cross-entropy.ts';
import { scoreBatch } from './score-batch.ts';
import type { Tensor, Tensor1D, TensorFlow, TfjsBackend } from './tensorflow.ts';

/** Grey values in [0, 1], by the same single-precision product as in the kernels of the `cpu` device. */
const scaledGrey = Float32Array.from({ length: 256 }, (_, grey) => grey * Math.fround(1 / 255));

interface UploadedParameters {
  /** A copy of what the caller gave, in state_dict order. */
  values: Float32Array;
  /** In the order of `deviceTensors`. */
  tensors: Tensor[];
}

/** What a device holds between calls; it does not grow from call to call. */
export interface DeviceMemory {
  tensors: number;
  bytes: number;
}

/**
 * LeNet-5 in TensorFlow.js operations, on whatever device the backend drives. All work of a call is handed to the device
 * before the call returns its promise, so a second call may be made while the first one's results are on their way:
 * its upload then overlaps with the first one's computation. Results depend on the arguments alone.
 */
export class TfjsEngine implements Engine {
  readonly device: string;
  readonly #backend: TfjsBackend;
  readonly #tensorflow: TensorFlow;
  readonly #pending = new Set<Promise<unknown>>();
  #uploaded: UploadedParameters | undefined;

  /** @param backend belongs to the engine from now on, and is disposed with it */
  constructor(backend: TfjsBackend) {
    this.#backend = backend;
    this.#tensorflow = backend.tensorflow;
    this.device = backend.device;
  }

  /** @throws Error when the device fails: then the engine is of no more use */
  async lossAndGradients(batch: LabelledBatch): Promise<LossAndGradients> {
    checkBatch(batch, Number.POSITIVE_INFINITY, parameterCount);
    const tensors = this.#upload(batch.parameters);
    const outcome = this.#tensorflow.tidy(() => this.#computeGradients(tensors, batch));
    const values = await this.#read(outcome);
    const { lossSum, correct } = splitScores(values.subarray(parameterCount), batch.labels);
    return { lossSum, correct, gradientSums: fromDeviceLayout(values) };
  }

  /** @throws Error when the device fails: then the engine is of no more use */
  async evaluate(batch: LabelledBatch): Promise<Evaluation> {
    checkBatch(batch, Number.POSITIVE_INFINITY, parameterCount);
    const tensors = this.#upload(batch.parameters);
    const outcome = this.#tensorflow.tidy(() => {
      const { logits, entropy } = this.#forward(tensors, batch);
      return this.#flatten([entropy.losses, logits]);
    });
    return splitScores(await this.#read(outcome), batch.labels);
  }

  memory(): DeviceMemory {
    return { tensors: this.#tensorflow.memory().numTensors, bytes: this.#backend.memoryBytes() };
  }

  /** Waits for the calls in flight: Dawn crashes, later, when a device goes while a download from it is pending. */
  async dispose(): Promise<void> {
    await Promise.allSettled(this.#pending);
    for (const tensor of this.#uploaded?.tensors ?? []) tensor.dispose();
    this.#uploaded = undefined;
    await this.#backend.dispose();
  }

  /** One flat tensor, so that there is one thing to download: gradients in the device's layouts, losses, logits. */
  #computeGradients(parameters: DeviceParameters, batch: LabelledBatch): Tensor1D {
    const { passes, logits, classes, entropy } = this.#forward(parameters, batch);
    const gradient = logitGradient(this.#tensorflow, entropy, classes);
    const gradients = backwardPass(this.#tensorflow, parameters, passes, gradient);
    return this.#flatten([...gradients, entropy.losses, logits]);
  }

  #forward(parameters: DeviceParameters, { images, labels }: LabelledBatch) {
    const tensorflow = this.#tensorflow;
    const pixels = Float32Array.from(images, (grey) => scaledGrey[grey] as number);
    const input = tensorflow.tensor4d(pixels, [labels.length, imageHeight, imageWidth, 1]);
    const { passes, logits } = forwardPass(tensorflow, parameters, input);
    const classes = tensorflow.tensor2d(oneHot(labels), [labels.length, classCount]);
    return { passes, logits, classes, entropy: crossEntropy(tensorflow, logits, classes) };
  }

  #flatten(tensors: Tensor[]): Tensor1D {
    const { concat, reshape } = this.#tensorflow;
    return concat(tensors.map((tensor) => reshape(tensor, [-1]))) as Tensor1D;
  }

  /** Parameters that are already there, by their values, are not uploaded again. */
  #upload(parameters: Float32Array): Tensor[] {
    const { tidy, tensor1d, slice, reshape } = this.#tensorflow;
    if (this.#uploaded !== undefined && sameBits(this.#uploaded.values, parameters))
      return this.#uploaded.tensors;
    const tensors = tidy(() => {
      const flat = tensor1d(toDeviceLayout(parameters));
      return deviceTensors.map(({ shape, offset, length }) => reshape(slice(flat, offset, length), shape));
    });
    for (const tensor of this.#uploaded?.tensors ?? []) tensor.dispose();
    this.#uploaded = { values: parameters.slice(), tensors };
    return tensors;
  }

  #throwFailure(): void {
    const failure = this.#backend.failure();
    if (failure !== undefined) throw failure;
  }

  /** Downloads and releases what the device computed. */
  #read(outcome: Tensor1D): Promise<Float32Array> {
    const reading = this.#download(outcome).finally(() => this.#pending.delete(reading));
    this.#pending.add(reading);
    return reading;
  }

  async #download(outcome: Tensor1D): Promise<Float32Array> {
    try {
      // Lets a caller hand over the next micro-batch before this one's results block the thread.
      if (this.#backend.readsBlock) await nextTurn();
      const values = await outcome.data<'float32'>();
      this.#throwFailure();
      return values;
    } catch (error) {
      // What the device reported by itself says more than the read that failed with it.
      this.#throwFailure();
      throw error;
    } finally {
      outcome.dispose();
    }
  }
}

/** @param values float32: n losses, then n × 10 logits */
function splitScores(values: Float32Array, labels: Uint8Array): Evaluation {
  return scoreBatch(values.subarray(0, labels.length), values.subarray(labels.length), labels);
}

function oneHot(labels: Uint8Array): Float32Array {
  const classes = new Float32Array(labels.length * classCount);
  for (const [sample, label] of labels.entries()) classes[sample * classCount + label] = 1;
  return classes;
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}
