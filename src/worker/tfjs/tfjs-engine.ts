import { setImmediate as nextTurn } from 'node:timers/promises';
import { drawKeptFeatures, droppedLayers } from '../../shared/dropout.ts';
import type { EngineOptions } from '../../shared/engine-options.ts';
import { classCount, imageHeight, imageWidth, type Layer, modelLayers } from '../../shared/model.ts';
import { checkBatch } from '../check-batch.ts';
import type { DeviceMemory, Engine, Evaluation, LabelledBatch, LossAndGradients } from '../engine.ts';
import { DeviceLayout, type DeviceTensor } from './device-layout.ts';
import { backwardPass, forwardPass, type TrainingPass } from './network.ts';
import { crossEntropy, targetProbabilities } from './operations/cross-entropy.ts';
import { type DeviceParameters, parameterOf } from './operations/pass.ts';
import { scoreBatch } from './score-batch.ts';
import type { Tensor, Tensor1D, TensorFlow, TfjsBackend } from './tensorflow.ts';

/** Grey values in [0, 1], by the same single-precision product as in the kernels of the `cpu` device. */
const scaledGrey = Float32Array.from({ length: 256 }, (_, grey) => grey * Math.fround(1 / 255));

interface UploadedParameters {
  /** A copy of what the caller gave, in state_dict order. */
  values: Float32Array;
  tensors: DeviceParameters;
}

/**
 * LeNet-5 and its variants in TensorFlow.js operations, on whatever device the backend drives. Images come augmented. All work of a call is handed to the device
 * before the call returns its promise, so a second call may be made while the first one's results are on their way:
 * its upload then overlaps with the first one's computation. Results depend on the arguments alone.
 */
export class TfjsEngine implements Engine {
  readonly device: string;
  readonly #backend: TfjsBackend;
  readonly #tensorflow: TensorFlow;
  readonly #options: EngineOptions;
  readonly #layers: readonly Layer[];
  readonly #layout: DeviceLayout;
  readonly #pending = new Set<Promise<unknown>>();
  #uploaded: UploadedParameters | undefined;

  /** @param backend belongs to the engine from now on, and is disposed with it */
  constructor(backend: TfjsBackend, options: EngineOptions) {
    this.#backend = backend;
    this.#tensorflow = backend.tensorflow;
    this.#options = options;
    this.#layers = modelLayers(options.model);
    this.#layout = new DeviceLayout(options.model);
    this.device = backend.device;
  }

  /** @throws Error when the device fails: then the engine is of no more use */
  async lossAndGradients(batch: LabelledBatch): Promise<LossAndGradients> {
    const layout = this.#layout;
    checkBatch(batch, Number.POSITIVE_INFINITY, layout.parameters.length);
    const parameters = this.#upload(batch.parameters);
    const outcome = this.#tensorflow.tidy(() => this.#computeGradients(parameters, batch));
    const values = await this.#read(outcome);
    const { lossSum, correct } = splitScores(values.subarray(layout.length), batch.labels);
    return { lossSum, correct, gradientSums: layout.fromDevice(values) };
  }

  /** @throws Error when the device fails: then the engine is of no more use */
  async evaluate(batch: LabelledBatch): Promise<Evaluation> {
    checkBatch(batch, Number.POSITIVE_INFINITY, this.#layout.parameters.length);
    const parameters = this.#upload(batch.parameters);
    const outcome = this.#tensorflow.tidy(() => {
      const { logits, losses } = this.#forward(parameters, batch, undefined);
      return this.#flatten([losses, logits]);
    });
    return splitScores(await this.#read(outcome), batch.labels);
  }

  memory(): DeviceMemory {
    return { tensors: this.#tensorflow.memory().numTensors, bytes: this.#backend.memoryBytes() };
  }

  /** Waits for the calls in flight: Dawn crashes, later, when a device goes while a download from it is pending. */
  async dispose(): Promise<void> {
    await Promise.allSettled(this.#pending);
    this.#release();
    await this.#backend.dispose();
  }

  /** One flat tensor, so that there is one thing to download: gradients in the device's layouts, losses, logits. */
  #computeGradients(parameters: DeviceParameters, batch: LabelledBatch): Tensor1D {
    const training = { kept: this.#drawKept(batch) };
    const { passes, logits, losses, logitGradient } = this.#forward(parameters, batch, training);
    const gradients = backwardPass(passes, logitGradient());
    const ordered = this.#layout.tensors.map(({ name }) => parameterOf(gradients, name));
    return this.#flatten([...ordered, losses, logits]);
  }

  #forward(
    parameters: DeviceParameters,
    { images, labels }: LabelledBatch,
    training: TrainingPass | undefined,
  ) {
    const tensorflow = this.#tensorflow;
    const pixels = Float32Array.from(images, (grey) => scaledGrey[grey] as number);
    const input = tensorflow.tensor4d(pixels, [labels.length, imageHeight, imageWidth, 1]);
    const { passes, logits } = forwardPass(tensorflow, this.#layers, parameters, input, training);
    const smoothing = training === undefined ? 0 : this.#options.regularization.labelSmoothing;
    const targets = tensorflow.tensor2d(targetProbabilities(labels, smoothing), [labels.length, classCount]);
    return { passes, logits, ...crossEntropy(tensorflow, logits, targets) };
  }

  /** By the names of the layers; empty where nothing is dropped. */
  #drawKept({ labels, draws }: LabelledBatch): ReadonlyMap<string, Tensor> {
    const { regularization, seed } = this.#options;
    const { dropout } = regularization;
    if (dropout === 0) return new Map();
    const { epoch = 1, samples = Uint32Array.from(labels.keys()) } = draws ?? {};
    return new Map(
      droppedLayers.map((layer) => {
        const kept = drawKeptFeatures(layer, dropout, seed, epoch, samples);
        return [layer.name, this.#tensorflow.tensor2d(kept, [labels.length, layer.features])];
      }),
    );
  }

  #flatten(tensors: Tensor[]): Tensor1D {
    const { concat, reshape } = this.#tensorflow;
    return concat(tensors.map((tensor) => reshape(tensor, [-1]))) as Tensor1D;
  }

  /** Parameters that are already there, by their values, are not uploaded again. */
  #upload(parameters: Float32Array): DeviceParameters {
    const { tidy, tensor1d, slice, reshape } = this.#tensorflow;
    if (this.#uploaded !== undefined && sameBits(this.#uploaded.values, parameters))
      return this.#uploaded.tensors;
    const { tensors: places } = this.#layout;
    const tensors = tidy(() => {
      const flat = tensor1d(this.#layout.toDevice(parameters));
      return places.map(({ shape, offset, length }) => reshape(slice(flat, offset, length), shape));
    });
    this.#release();
    const named = new Map(tensors.map((tensor, index) => [(places[index] as DeviceTensor).name, tensor]));
    this.#uploaded = { values: parameters.slice(), tensors: named };
    return named;
  }

  #release(): void {
    for (const tensor of this.#uploaded?.tensors.values() ?? []) tensor.dispose();
    this.#uploaded = undefined;
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

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}
