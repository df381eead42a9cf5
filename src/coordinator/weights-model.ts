import { type Config, configSchema } from '../shared/config.ts';
import { type ModelOptions, referenceModel } from '../shared/model-options.ts';
import { parameterLayout } from '../shared/parameters.ts';
import { parseJson } from './parse-json.ts';
import type { Weights } from './weights-file.ts';

/** The configuration of the run that the weights come from, where the file tells. */
export function configOf({ metadata }: Pick<Weights, 'metadata'>): Config | undefined {
  const text = metadata.get('config');
  return configSchema.safeParse(text === undefined ? undefined : parseJson(text)).data;
}

/** The model that the weights are of; what the file does not tell of is taken for the reference's. */
export function modelOf(weights: Weights): ModelOptions {
  const { activation, pooling } = configOf(weights) ?? referenceModel;
  return { activation, pooling, batchNorm: weights.layout !== parameterLayout(referenceModel) };
}
