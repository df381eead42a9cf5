import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as TensorFlow from '@tensorflow/tfjs-core';
import type * as TensorFlowLayers from '@tensorflow/tfjs-layers';
import { findPythonWithTorch } from '../../bench/python-with-torch.ts';

/** What a model says of itself in onnxruntime. */
interface OnnxDescription {
  /** Whether onnx.checker looked at it. */
  checked: boolean;
  /** Type and dimensions by name. */
  inputs: Record<string, (string | number)[]>;
  outputs: Record<string, (string | number)[]>;
  metadata: Record<string, string>;
  producer: string;
}

const pythonWithOnnx = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import numpy, onnxruntime']).status === 0,
);
const pythonWithTorch = findPythonWithTorch()?.command;

/** What this machine lacks; undefined where all is there. */
export const missingForOnnx =
  pythonWithOnnx === undefined ? 'no python3 here can import onnxruntime' : undefined;
export const missingForTorch = pythonWithTorch === undefined ? 'no python3 here can import torch' : undefined;

/** Runs ONNX files on images, uint8[n, 28, 28]; of each it gives float32[n, 10] and what it says of itself. */
export function runOnnx(images: Uint8Array, paths: readonly string[], folder: string) {
  const described: OnnxDescription[] = JSON.parse(
    runPython(pythonWithOnnx, 'run_onnx.py', images, paths, folder),
  );
  return paths.map((path, index) => ({
    logits: readFloats(`${path}.logits`),
    description: described[index] as OnnxDescription,
  }));
}

/** Runs exported safetensors files on images, uint8[n, 28, 28]; of each it gives float32[n, 10]. */
export function runTorch(images: Uint8Array, paths: readonly string[], folder: string): Float32Array[] {
  runPython(pythonWithTorch, 'run_pytorch.py', images, paths, folder);
  return paths.map((path) => readFloats(`${path}.logits`));
}

/** TensorFlow.js with its layers, from a require that finds them both. */
export interface TfjsLibrary {
  tensorflow: typeof TensorFlow;
  layers: typeof TensorFlowLayers;
}

/** In plain JavaScript: some 500 images a second. */
export async function openPlainTfjs(): Promise<TfjsLibrary> {
  // Not imported: the modules of the packages would bring a second copy of the library.
  const require = createRequire(import.meta.url);
  const tensorflow: typeof TensorFlow = require('@tensorflow/tfjs-core');
  require('@tensorflow/tfjs-backend-cpu');
  // Or it advertises its faster siblings on standard error.
  tensorflow.env().set('IS_NODE', false);
  await tensorflow.setBackend('cpu');
  return { tensorflow, layers: require('@tensorflow/tfjs-layers') };
}

/** Loads a folder over HTTP, as a page does, and runs it on images, uint8[n, 28, 28], to float32[n, 10]. */
export async function runTfjs(library: TfjsLibrary, folder: string, images: Uint8Array) {
  const { tensorflow } = library;
  const model = await loadServed(library.layers, folder);
  const shape: [number, number, number, number] = [images.length / 784, 28, 28, 1];
  const input = tensorflow.tensor4d(
    Float32Array.from(images, (grey) => grey / 255),
    shape,
  );
  const output = model.predict(input, { batchSize: 100 }) as TensorFlow.Tensor;
  const logits = (await output.data()) as Float32Array;
  const description = { metadata: model.getUserDefinedMetadata(), inputShape: model.inputs[0]?.shape };
  tensorflow.dispose([input, output]);
  model.dispose();
  return { logits, ...description };
}

async function loadServed(layers: typeof TensorFlowLayers, folder: string) {
  const server = createServer((request, response) => {
    response.end(readFileSync(join(folder, (request.url as string).slice(1))));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    return await layers.loadLayersModel(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`,
    );
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** @param logits float32[n, 10] */
export function predictionsOf(logits: Float32Array): Uint8Array {
  return Uint8Array.from({ length: logits.length / 10 }, (_, sample) => {
    const row = logits.subarray(10 * sample, 10 * (sample + 1));
    return row.indexOf(Math.max(...row));
  });
}

/** Sum of the samples' cross-entropy in nats, in double precision. */
export function lossSumOf(logits: Float32Array, labels: Uint8Array): number {
  return labels.reduce((sum, label, sample) => {
    const row = [...logits.subarray(10 * sample, 10 * (sample + 1))];
    const largest = Math.max(...row);
    const exponentials = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    return sum + Math.log(exponentials) + largest - (row[label] as number);
  }, 0);
}

function runPython(
  command: string | undefined,
  script: string,
  images: Uint8Array,
  paths: readonly string[],
  folder: string,
): string {
  mkdirSync(folder, { recursive: true });
  const imagesFile = join(folder, 'images.u8');
  writeFileSync(imagesFile, images);
  const program = fileURLToPath(new URL(`../coordinator/export/${script}`, import.meta.url));
  return execFileSync(command as string, [program, imagesFile, ...paths], { encoding: 'utf8' });
}

function readFloats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}
