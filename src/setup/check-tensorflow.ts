/**
 * Program: loads the addon from the folder that is its argument, computes a convolution whose result is known, and prints
 * one line of JSON (`TensorflowCheck`). A process of its own, since the addon may abort the one that loads it.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { restoreRemovedUtilFunctions } from '../worker/tfjs/node-shim.ts';

export interface TensorflowCheck {
  tensorflowVersion: string;
  usesGpu: boolean;
}

interface TensorflowNode {
  backend(): { binding: { TF_Version: string }; isUsingGpuDevice: boolean };
  tensor4d(values: number[], shape: [number, number, number, number]): object;
  conv2d(input: object, filter: object, strides: number, padding: 'valid'): { dataSync(): Float32Array };
}

/** 3×3 image of 1 to 9, 2×2 filter of ones. */
const expectedSums = [12, 16, 24, 28];

restoreRemovedUtilFunctions();
const require = createRequire(resolve(process.argv[2] ?? '', 'package.json'));
const tensorflow = require('@tensorflow/tfjs-node-gpu') as TensorflowNode;
const image = tensorflow.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
const filter = tensorflow.tensor4d([1, 1, 1, 1], [2, 2, 1, 1]);
const sums = Array.from(tensorflow.conv2d(image, filter, 1, 'valid').dataSync());
if (sums.join() !== expectedSums.join()) {
  throw new Error(`the convolution gave ${sums.join(', ')}, expected ${expectedSums.join(', ')}`);
}
const { binding, isUsingGpuDevice } = tensorflow.backend();
const check: TensorflowCheck = { tensorflowVersion: binding.TF_Version, usesGpu: isUsingGpuDevice };
process.stdout.write(`${JSON.stringify(check)}\n`);
