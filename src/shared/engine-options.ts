import type { Config } from './config.ts';
import {
  type Augmentation,
  type ModelOptions,
  noAugmentation,
  noRegularization,
  type Regularization,
  referenceModel,
} from './model-options.ts';

/** All that an engine must know of a run, beside the parameters and the samples. */
export interface EngineOptions {
  model: ModelOptions;
  regularization: Regularization;
  augmentation: Augmentation;
  /** Of all that is drawn at random. */
  seed: number;
}

/** The reference: nothing is drawn at random. */
export const plainEngine: EngineOptions = {
  model: referenceModel,
  regularization: noRegularization,
  augmentation: noAugmentation,
  seed: 0,
};

export function engineOptions(config: Config): EngineOptions {
  const { activation, pooling, batchNorm, dropout, labelSmoothing, seed } = config;
  const { augmentFlip, augmentShift, augmentRotation, augmentErasing } = config;
  return {
    model: { activation, pooling, batchNorm },
    regularization: { dropout, labelSmoothing },
    augmentation: {
      flip: augmentFlip,
      shift: augmentShift,
      rotation: augmentRotation,
      erasing: augmentErasing,
    },
    seed,
  };
}

/** What the kernels' `configureRandomness` takes behind the scratch. */
export function randomnessArguments({
  seed,
  augmentation,
}: Pick<EngineOptions, 'seed' | 'augmentation'>): [
  keyLow: number,
  keyHigh: number,
  flip: number,
  shift: number,
  rotation: number,
  erasing: number,
] {
  const { flip, shift, rotation, erasing } = augmentation;
  const radians = (rotation * Math.PI) / 180;
  return [seed >>> 0, Math.floor(seed / 2 ** 32), Number(flip), shift, radians, erasing];
}
