/** What a run may choose of the model; the rest of LeNet-5 is fixed, see model.ts. */
export interface ModelOptions {
  /** Of the convolutions and of the dense layers but the last. */
  activation: Activation;
  /** After each convolution. */
  pooling: Pooling;
  /** Batch normalization after each convolution, before its activation; its statistics are those of a micro-batch. */
  batchNorm: boolean;
}

export const activations = ['sigmoid', 'tanh', 'relu'] as const;
export type Activation = (typeof activations)[number];

export const poolings = ['average', 'max'] as const;
export type Pooling = (typeof poolings)[number];

/** LeNet-5 as the reference has it. */
export const referenceModel: ModelOptions = { activation: 'sigmoid', pooling: 'average', batchNorm: false };

/** What a training does to the model and its loss, and an evaluation does not. */
export interface Regularization {
  /** Probability with which a feature of the hidden dense layers is dropped, 0 to below 1 (Srivastava et al. 2014). */
  dropout: number;
  /** Share of the target that is spread over all classes, 0 to below 1 (Szegedy et al. 2016). */
  labelSmoothing: number;
}

export const noRegularization: Regularization = { dropout: 0, labelSmoothing: 0 };

/** What is done to an image at random, anew in each epoch. */
export interface Augmentation {
  /** Whether half of the images are mirrored. */
  flip: boolean;
  /** Pixels by which an image is shifted at most, along each axis. */
  shift: number;
  /** Degrees by which an image is turned at most, either way. */
  rotation: number;
  /** Probability that a rectangle of 4 to 14 rows and columns is blackened (Zhong et al. 2020). */
  erasing: number;
}

export const noAugmentation: Augmentation = { flip: false, shift: 0, rotation: 0, erasing: 0 };
