/** A micro-shard as plain arrays. */
export interface LabelledBatch {
  /** float32[61706], PyTorch state_dict order. */
  parameters: Float32Array;
  /** uint8[n, 28, 28] grey values. */
  images: Uint8Array;
  /** uint8[n], 0 to 9. */
  labels: Uint8Array;
}

export interface LossAndGradients {
  /** Sum (not mean) of the samples' cross-entropy in nats. */
  lossSum: number;
  /** Samples whose largest logit is the label's. */
  correct: number;
  /** float32[61706]: sum (not mean) of the samples' gradients, state_dict order. */
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
  dispose(): Promise<void>;
}
