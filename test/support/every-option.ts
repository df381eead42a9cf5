import type { Config } from '../../src/shared/config.ts';

/** Every option of the model and of its training at once, in a run of three epochs. */
export const everyOption: Partial<Config> = {
  epochs: 3,
  activation: 'relu',
  pooling: 'max',
  batchNorm: true,
  init: 'he',
  dropout: 0.2,
  labelSmoothing: 0.1,
  weightDecay: 0.01,
  schedule: 'cosine',
  warmupEpochs: 0.5,
  clipNorm: 0.5,
  emaDecay: 0.9,
  augmentFlip: true,
  augmentShift: 2,
  augmentRotation: 10,
  augmentErasing: 0.3,
};
