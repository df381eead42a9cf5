/** A micro-shard as plain arrays. */
export interface LabelledBatch {
  /** float32[parameterLayout(model).length]: 61,706 in state_dict order, without batch normalization. */
  parameters: Float32Array;
  /** uint8[n, 28, 28] grey values. */
  images: Uint8Array;
  /** uint8[n], 0 to 9. */
  labels: Uint8Array;
  /** What is drawn at random is a function of these and of the seed; default: epoch 1, and the positions in the batch. */
  draws?: { epoch: number; samples: Uint32Array } | undefined;
}

/** What an engine holds on its device between calls; it does not grow from call to call. */
export interface DeviceMemory {
  tensors: number;
  bytes: number;
}

export interface LossAndGradients {
  /** Sum (not mean) of the samples' cross-entropy in nats. */
  lossSum: number;
  /** Samples whose largest logit is the label's. */
  correct: number;
  /** As the parameters: sum (not mean) of the samples' gradients. */
  gradientSums: Float32Array;
}

export interface Evaluation {
  lossSum: number;
  correct: number;
  /** uint8[n]: predicted classes. */
  predictions: Uint8Array;
}

/** Computes LeNet-5 on one device. Results depend on the arguments alone. */
export interface Engine {
  /** Name of the device, e.g. `cpu`. */
  readonly device: string;
  lossAndGradients(batch: LabelledBatch): Promise<LossAndGradients>;
  evaluate(batch: LabelledBatch): Promise<Evaluation>;
  /** Where the device tells. */
  memory?(): DeviceMemory;
  dispose(): Promise<void>;
}
