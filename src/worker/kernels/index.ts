/** What the WebAssembly module exports; the contract is `KernelExports` in ../kernel-exports.ts. */
import { adamUpdate } from './adam.ts';
import { backwardBlock, finishGradients } from './backward-pass.ts';
import { writeConstants } from './constants.ts';
import * as first from './first-convolution.ts';
import { forwardBlock } from './forward-pass.ts';
import { clearImagePadding, openBlock } from './images.ts';
import { addToResult, softmaxCrossEntropy, storePredictions } from './loss.ts';
import { reduceGradients } from './reduction.ts';
import { C1_WEIGHT_SUMS, CONSTANTS, SAMPLES_IN_BLOCK, SUMS_END, scratchBytes } from './scratch-layout.ts';
import * as second from './second-convolution.ts';

// Not `export … from`: there the compiler does not understand the extension.
export { adamUpdate, reduceGradients, scratchBytes };

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
  count: usize,
  gradientSums: usize,
  shardResult: usize,
  scratch: usize,
): void {
  memory.fill(scratch + C1_WEIGHT_SUMS, 0, SUMS_END - C1_WEIGHT_SUMS);
  clearResult(shardResult);
  let sample: usize = 0;
  while (sample < count) {
    forwardAndLoss(parameters, images, labels, indices + 4 * sample, count - sample, shardResult, scratch);
    backwardBlock(parameters, sample, scratch);
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
    forwardAndLoss(parameters, images, labels, indices + 4 * sample, count - sample, shardResult, scratch);
    storePredictions(predictions + sample, count - sample, scratch);
  }
}

function clearResult(shardResult: usize): void {
  store<f64>(shardResult, 0);
  store<i32>(shardResult, 0, 8);
}

function forwardAndLoss(
  parameters: usize,
  images: usize,
  labels: usize,
  indices: usize,
  count: usize,
  shardResult: usize,
  scratch: usize,
): void {
  openBlock(images, labels, indices, count, scratch);
  forwardBlock(parameters, scratch);
  softmaxCrossEntropy(scratch);
  addToResult(shardResult, count, scratch);
}
