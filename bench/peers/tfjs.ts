/**
 * LeNet-5 on FashionMNIST in TensorFlow.js: batch 128, Adam, images in memory, the loop of the reference.
 *
 *     node build/bench/peers/tfjs.js --backend node --epochs 2 --data DIR
 *
 * Prints one line of JSON. To install the backend `node` (TensorFlow's C library): npm run setup:cuda -- --tensorflow pypi --cpu;
 * `cpu`, in plain JavaScript, comes with npm ci.
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import type * as Core from '@tensorflow/tfjs-core';
import type * as Layers from '@tensorflow/tfjs-layers';

