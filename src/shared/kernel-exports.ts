/**
 * What the WebAssembly kernels export. All pointers are byte addresses in the one shared memory, aligned to 64 bytes
 * unless said otherwise. No kernel allocates, and none writes anywhere but to its outputs and its own scratch.
 */
export interface KernelExports {
  /** Bytes of scratch that one worker needs for micro-batches of up to `microBatch` samples; a multiple of 64. */
  scratchBytes(microBatch: number): number;

  /**
   * Chooses the model and the loss, before anything else is asked of a scratch.
   * @param activation 0 sigmoid, 1 hyperbolic tangent, 2 rectifier
   * @param pooling 0 average, 1 maximum
   * @param batchNorm 1 after both convolutions; micro-shards are then of 16 samples at most
   * @param labelSmoothing share of the target spread over all classes, 0 to 1; not in an evaluation
   * @param dropout probability with which a feature of C5 or F6 is dropped, 0 to 1; not in an evaluation
   */
  configureModel(
    scratch: number,
    activation: number,
    pooling: number,
    batchNorm: number,
    labelSmoothing: number,
    dropout: number,
  ): void;

  /**
   * Chooses the seed and the augmentation of images, before anything else is asked of a scratch.
   * @param keyLow lower 32 bits of the seed
   * @param keyHigh the bits above
   * @param flip 1 to mirror half of the images
   * @param shift pixels at most, along each axis, 0 to 14
   * @param rotation radians at most, either way, 0 to π/4
   * @param erasing probability that a rectangle is blackened, 0 to 1
   */
  configureRandomness(
    scratch: number,
    keyLow: number,
    keyHigh: number,
    flip: number,
    shift: number,
    rotation: number,
    erasing: number,
  ): void;

  /**
   * Derives what the kernels want of the parameters (transformed weights, and constants) into scratch. Before the first
   * shard of a step, and before the first evaluation with other parameters.
   */
  prepareParameters(parameters: number, scratch: number): void;

  /**
   * Forward and backward over one micro-shard of 1 to `microBatch` samples.
   * @param parameters float32[parameterLayout(model).length], state_dict order
   * @param images uint8[*, 28, 28]: all images, of which the shard takes those named in `indices`
   * @param labels uint8[*], any alignment
   * @param indices uint32[count], alignment 4: positions in `images` and `labels`
   * @param names uint32[count], alignment 4: what is drawn at random for a sample is a function of the seed, the epoch and its name
   * @param gradientSums float32[parameterLayout(model).length], overwritten with the sum of the samples' gradients
   * @param shardResult overwritten: float64 sum of the samples' cross-entropy, then int32 count of correct predictions
   */
  lossAndGradients(
    parameters: number,
    images: number,
    labels: number,
    indices: number,
    names: number,
    count: number,
    epoch: number,
    gradientSums: number,
    shardResult: number,
    scratch: number,
  ): void;

  /**
   * Forward only. Same arguments, and to the bit the same result as from `lossAndGradients`; `predictions` (uint8[count],
   * any alignment) receives the predicted classes (on equal logits the lowest class).
   */
  evaluate(
    parameters: number,
    images: number,
    labels: number,
    indices: number,
    count: number,
    predictions: number,
    shardResult: number,
    scratch: number,
  ): void;

  /**
   * The images that an epoch's training sees in place of the given ones; arguments as in `lossAndGradients`.
   * @param out uint8[count][28][28]
   */
  augment(
    images: number,
    labels: number,
    indices: number,
    names: number,
    count: number,
    epoch: number,
    out: number,
    scratch: number,
  ): void;

  /**
   * Adds gradient slots 0..slotCount-1 pairwise in slot order (0+1, 2+3, … then pairs of pairs; an odd one out moves up
   * unchanged), divides by `sampleCount`, and writes elements [from, to) of the mean gradient. The slots stay as they are,
   * so that the call can be repeated. `from` is a multiple of 16.
   * @param slots address of slot 0; slot k lies at slots + k * slotStride
   * @param slotStride multiple of 64; up to 12 bytes behind a slot's last element may be read, but do not matter
   * @returns the sum of squares of the elements written (float64, fixed order): not finite if any of them is not
   */
  reduceGradients(
    slots: number,
    slotStride: number,
    slotCount: number,
    meanGradient: number,
    from: number,
    to: number,
    sampleCount: number,
  ): number;

  /** Adds one gradient slot to another: target = target + other, over `count` elements. */
  addGradients(target: number, other: number, count: number): void;

  /**
   * Adam (Kingma and Ba 2015, algorithm 1, in PyTorch's order of operations) over elements [from, to), from one set of
   * buffers into another, so that the call can be repeated:
   * with g = gradientScale · mean gradient:
   * m' = β1·m + (1-β1)·g; v' = β2·v + (1-β2)·g²; p' = decay · p - stepSize · m' / (√v' / rootBiasCorrection2 + ε)
   * with stepSize = learning rate / (1-β1^t) rootBiasCorrection2 = √(1-β2^t) and decay = 1 - learning rate ·
   * weight decay, computed by the caller in float64.
   */
  adamUpdate(
    meanGradient: number,
    parameters: number,
    firstMoments: number,
    secondMoments: number,
    newParameters: number,
    newFirstMoments: number,
    newSecondMoments: number,
    from: number,
    to: number,
    stepSize: number,
    rootBiasCorrection2: number,
    gradientScale: number,
    decay: number,
    beta1: number,
    beta2: number,
    epsilon: number,
  ): void;

  /**
   * Running statistics over elements [from, to), where `averages` holds what the gradient slots add up to, divided by the samples:
   * s' = (1 - momentum) · s + momentum · average. Their moments become 0.
   */
  updateStatistics(
    averages: number,
    statistics: number,
    newStatistics: number,
    newFirstMoments: number,
    newSecondMoments: number,
    from: number,
    to: number,
    momentum: number,
  ): void;

  /** Exponential moving average over elements [from, to): a' = decay · a + (1 - decay) · parameter. */
  averageParameters(
    parameters: number,
    averages: number,
    newAverages: number,
    from: number,
    to: number,
    decay: number,
  ): void;
}
