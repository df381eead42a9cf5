import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RunError } from '../../shared/errors.ts';
import { describeWriteFailure, writeFileAtomically } from '../atomic-file.ts';
import { besideWeights } from '../beside-weights.ts';
import { writeWeights } from '../weights-file.ts';
import { describeModel } from './model-card.ts';
import { encodeOnnx } from './onnx.ts';
import { encodeTfjs } from './tfjs-layers.ts';
import { readTrainedModel, type TrainedModel } from './trained-model.ts';

export const exportFormats = ['onnx', 'safetensors', 'tfjs'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Beside the weights, where nothing else is asked for. */
const defaultNames: Readonly<Record<ExportFormat, readonly [name: string, extension: string]>> = {
  onnx: ['model', '.onnx'],
  safetensors: ['model', '.safetensors'],
  tfjs: ['tfjs', ''],
};

/**
 * Writes a trained model for other programs: one file, or for TensorFlow.js a folder with model.json and its weights.
 * @param request.output path of the file or folder; by default beside the weights
 * @returns the file to give to the program that loads it
 * @throws DataError when the weights are missing or damaged, RunError when the export cannot be written
 */
export async function writeExport(request: {
  weightsFile: string;
  format: ExportFormat;
  output: string | undefined;
}): Promise<string> {
  const { weightsFile, format } = request;
  const model = await readTrainedModel(weightsFile);
  const output = request.output ?? besideWeights(weightsFile, ...defaultNames[format]);
  try {
    return await writeFormat(model, format, output);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new RunError(error.message, 'Name another place with --output.', error);
  }
}

async function writeFormat(model: TrainedModel, format: ExportFormat, output: string): Promise<string> {
  switch (format) {
    case 'onnx':
      await writeFileAtomically(output, encodeOnnx(model));
      return output;
    case 'safetensors': {
      const own = Object.fromEntries(model.metadata);
      await writeWeights(output, model.parameters, { ...own, ...describeModel(model, 'NCHW') });
      return output;
    }
    case 'tfjs':
      return await writeTfjs(model, output);
    default:
      return format satisfies never;
  }
}

/**
 * The weights are named after their content: whoever loads the folder while it is replaced, or has one of the files in a
 * cache, gets the old model or the new one.
 */
async function writeTfjs(model: TrainedModel, folder: string): Promise<string> {
  const { weights, describe } = encodeTfjs(model);
  const digest = createHash('sha256').update(weights).digest('hex').slice(0, 12);
  const weightsName = `weights.${digest}.bin`;
  const description = join(folder, 'model.json');
  await change(folder, () => mkdir(folder, { recursive: true }));
  await writeFileAtomically(join(folder, weightsName), weights);
  await writeFileAtomically(description, describe(weightsName));
  await change(folder, async () => {
    for (const name of await readdir(folder)) {
      if (/^weights\.[0-9a-f]{12}\.bin$/.test(name) && name !== weightsName) await rm(join(folder, name));
    }
  });
  return description;
}

async function change(path: string, operation: () => Promise<unknown>): Promise<void> {
  try {
    await operation();
  } catch (error) {
    throw describeWriteFailure(path, error);
  }
}
