import { z } from 'zod';
import { activations, poolings } from '../model-options.ts';
import type { FieldMeta } from '../setting-field.ts';

/** What is trained, and how it is kept from learning by heart. */
export const modelSettings = {
  init: z
    .string()
    .min(1)
    .default('pytorch')
    .meta({
      expected: 'pytorch, glorot, he or the path of a .safetensors file',
      description: 'initial weights: pytorch, glorot or he, drawn from the seed, or a .safetensors file',
      value: 'name|file',
      kind: 'text',
    } satisfies FieldMeta),
  activation: z
    .enum(activations)
    .default('sigmoid')
    .meta({
      expected: 'sigmoid, tanh or relu',
      description: 'of the hidden layers: sigmoid, tanh or relu',
      value: 'name',
      kind: 'text',
    } satisfies FieldMeta),
  pooling: z
    .enum(poolings)
    .default('average')
    .meta({
      expected: 'average or max',
      description: 'after the convolutions: average or max',
      value: 'name',
      kind: 'text',
    } satisfies FieldMeta),
  batchNorm: z
    .boolean()
    .default(false)
    .meta({
      expected: 'true or false',
      description: 'batch normalization after both convolutions',
      kind: 'switch',
    } satisfies FieldMeta),
  dropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(0)
    .meta({
      expected: 'a number from 0 to 0.95',
      description: 'probability with which a feature of the hidden dense layers is dropped',
      value: 'p',
      kind: 'number',
    } satisfies FieldMeta),
  labelSmoothing: z
    .number()
    .min(0)
    .max(0.95)
    .default(0)
    .meta({
      expected: 'a number from 0 to 0.95',
      description: 'share of the target that is spread over all classes',
      value: 'x',
      kind: 'number',
    } satisfies FieldMeta),
};
