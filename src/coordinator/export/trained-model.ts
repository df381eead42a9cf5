import { basename } from 'node:path';
import type { ModelOptions } from '../../shared/model-options.ts';
import { type ParameterLayout, viewParameter } from '../../shared/parameters.ts';
import { readWeights } from '../weights-file.ts';
import { configOf, modelOf } from '../weights-model.ts';

/** What an export is made of. */
export interface TrainedModel {
  options: ModelOptions;
  layout: ParameterLayout;
  /** float32[layout.length]. */
  parameters: Float32Array;
  /** What the weights file says of itself. */
  metadata: ReadonlyMap<string, string>;
}

/** @throws DataError when the file is missing, damaged or holds other weights */
export async function readTrainedModel(weightsFile: string): Promise<TrainedModel> {
  const weights = await readWeights(weightsFile);
  const { layout, parameters, metadata } = weights;
  return {
    options: modelOf(weights),
    layout,
    parameters,
    metadata: withoutPaths(metadata, configOf(weights)),
  };
}

/** A tensor by its PyTorch name; shares memory with the parameters. */
export function tensorOf(
  { layout, parameters }: Pick<TrainedModel, 'layout' | 'parameters'>,
  name: string,
): { shape: readonly number[]; data: Float32Array } {
  const tensor = layout.tensors.find((each) => each.name === name);
  if (tensor === undefined) throw new RangeError(`the model has no tensor ${name}`);
  return { shape: tensor.shape, data: viewParameter(parameters, tensor) };
}

/** An export goes to others, whom the folders of this machine do not concern. */
function withoutPaths(
  metadata: ReadonlyMap<string, string>,
  config: ReturnType<typeof configOf>,
): ReadonlyMap<string, string> {
  if (config === undefined) return metadata;
  const { data: _, runDir: __, init, ...rest } = config;
  return new Map([...metadata, ['config', JSON.stringify({ ...rest, init: basename(init) })]]);
}
