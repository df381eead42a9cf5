/** One optimizer step that was taken. The five phases are means over the workers, and add up to `seconds`. Shared by all who read it. */
export interface StepFigures {
  /** 1-based. */
  epoch: number;
  /** Within the epoch, 1-based. */
  step: number;
  /** Since the run's first, 1-based. */
  globalStep: number;
  samples: number;
  /** Mean cross-entropy over the batch, in nats. */
  loss: number;
  /** Ratio, 0 to 1. */
  accuracy: number;
  /** Euclidean norm of the mean gradient over all parameters. */
  gradientNorm: number;
  learningRate: number;
  seconds: number;
  /** Forward and backward kernels. */
  computeSeconds: number;
  /** For other workers, and bookkeeping. */
  waitSeconds: number;
  /** Tree reduction of the gradient slots. */
  reduceSeconds: number;
  /** Adam. */
  optimizerSeconds: number;
  /** Exchange with other machines: 0 on one. */
  gatherSeconds: number;
}

/** What a worker has done since the process began; times in seconds. */
export interface WorkerFigures {
  /** 0-based. */
  worker: number;
  /** `cpu`, say. */
  device: string;
  /** How often it was replaced. */
  restarts: number;
  /** Of training. */
  microShards: number;
  samples: number;
  computeSeconds: number;
  updateSeconds: number;
  waitSeconds: number;
  evaluationSeconds: number;
  /** All of the time in the task loop. */
  totalSeconds: number;
  /** What the device holds from call to call; undefined where it does not tell. */
  deviceMemory: { bytes: number; tensors: number } | undefined;
}
