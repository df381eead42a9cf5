/** What the WebAssembly module exports; the contract is `KernelExports` in ../../shared/kernel-exports.ts. */
import { adamUpdate, averageParameters, updateStatistics } from './adam.ts';
import { augmentBlock } from './augmentation.ts';
import { backwardBlock, finishGradients } from './backward-pass.ts';
import { writeConstants } from './constants.ts';
import * as first from './first-convolution.ts';
import { forwardBlock } from './forward-pass.ts';
import { clearImagePadding, IMAGE_BYTES, openBlock } from './images.ts';
import { addToResult, softmaxCrossEntropy, storePredictions } from './loss.ts';
import { configureModel, configureRandomness, labelSmoothing } from './model-options.ts';
import { addGradients, reduceGradients } from './reduction.ts';
import {
  C1_WEIGHT_SUMS,
  CONSTANTS,
  IMAGE_ADDRESSES,
  SAMPLES_IN_BLOCK,
  SUMS_END,
  scratchBytes,
} from './scratch-layout.ts';
import * as second from './second-convolution.ts';

// Not `export … from`: there the compiler does not understand the extension.
export {
  adamUpdate,
  addGradients,
  averageParameters,
  configureModel,
  configureRandomness,
  reduceGradients,
  scratchBytes,
  updateStatistics,
};

export function prepareParameters(parameters: usize, scratch: usize): void {
  writeConstants(scratch + CONSTANTS);
  clearImagePadding(scratch);
  first.clearPadding(scratch);
  first.prepareWeights(parameters, scratch);
  second.prepareWeights(parameters, scratch);
}

export function lossAndGradients(
  parameters: usize,
  images: usize,
  labels: usize,
  indices: usize,
  names: usize,
  count: usize,
  epoch: u32,
  gradientSums: usize,
  shardResult: usize,
  scratch: usize,
): void {
  memory.fill(scratch + C1_WEIGHT_SUMS, 0, SUMS_END - C1_WEIGHT_SUMS);
  clearResult(shardResult);
  const smoothing = labelSmoothing(scratch);
  let sample: usize = 0;
  while (sample < count) {
    const samples = min(count - sample, SAMPLES_IN_BLOCK);
    openBlock(images, labels, indices + 4 * sample, names + 4 * sample, samples, scratch);
    augmentBlock(samples, epoch, scratch);
    forwardBlock(parameters, samples, epoch, true, scratch);
    softmaxCrossEntropy(smoothing, scratch);
    addToResult(shardResult, samples, scratch);
    backwardBlock(parameters, sample, samples, gradientSums, scratch);
    sample += SAMPLES_IN_BLOCK;
  }
  finishGradients(sample, gradientSums, scratch);
}

export function evaluate(
  parameters: usize,
  images: usize,
  labels: usize,
  indices: usize,
  count: usize,
  predictions: usize,
  shardResult: usize,
  scratch: usize,
): void {
  clearResult(shardResult);
  for (let sample: usize = 0; sample < count; sample += SAMPLES_IN_BLOCK) {
    const samples = min(count - sample, SAMPLES_IN_BLOCK);
    openBlock(images, labels, indices + 4 * sample, indices + 4 * sample, samples, scratch);
    forwardBlock(parameters, samples, 0, false, scratch);
    softmaxCrossEntropy(0, scratch);
    addToResult(shardResult, samples, scratch);
    storePredictions(predictions + sample, samples, scratch);
  }
}

/** The images that an epoch's training sees in place of the given ones: uint8[count][28][28]. */
export function augment(
  images: usize,
  labels: usize,
  indices: usize,
  names: usize,
  count: usize,
  epoch: u32,
  out: usize,
  scratch: usize,
): void {
  for (let sample: usize = 0; sample < count; sample += SAMPLES_IN_BLOCK) {
    const samples = min(count - sample, SAMPLES_IN_BLOCK);
    openBlock(images, labels, indices + 4 * sample, names + 4 * sample, samples, scratch);
    augmentBlock(samples, epoch, scratch);
    for (let lane: usize = 0; lane < samples; lane++) {
      const image = load<usize>(scratch + 4 * lane, IMAGE_ADDRESSES);
      memory.copy(out + (sample + lane) * IMAGE_BYTES, image, IMAGE_BYTES);
    }
  }
}

function clearResult(shardResult: usize): void {
  store<f64>(shardResult, 0);
  store<i32>(shardResult, 0, 8);
}
