import { z } from 'zod';
import { schedules } from '../learning-rate.ts';
import type { FieldMeta } from '../setting-field.ts';
import { whole } from './whole.ts';

/** How a run trains. */
export const trainingSettings = {
  epochs: whole(1, 1_000_000)
    .default(10)
    .meta({
      expected: 'a whole number of at least 1',
      description: 'passes over the training data',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  batchSize: whole(1, 65_536)
    .default(128)
    .meta({
      expected: 'a whole number from 1 to 65536',
      description: 'samples of one optimizer step, over all workers',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  microBatch: whole(1, 1024)
    .default(16)
    .meta({
      expected: 'a whole number from 1 to 1024',
      description: 'samples that a worker computes at a time; part of what the result depends on',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  accumulate: whole(1, 4096)
    .default(1)
    .meta({
      expected: 'a whole number from 1 to 4096',
      description: 'batches whose gradients make one step, in the memory of one',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  learningRate: z
    .number()
    .positive()
    .max(1000)
    .default(0.001)
    .meta({
      expected: 'a number above 0 and at most 1000',
      description: "Adam's learning rate",
      value: 'x',
      kind: 'number',
    } satisfies FieldMeta),
  schedule: z
    .enum(schedules)
    .default('constant')
    .meta({
      expected: 'constant, step, cosine, one-cycle or plateau',
      description: 'of the learning rate: constant, step, cosine, one-cycle or plateau',
      value: 'name',
      kind: 'text',
    } satisfies FieldMeta),
  warmupEpochs: z
    .number()
    .min(0)
    .max(1000)
    .default(0)
    .meta({
      expected: 'a number of epochs from 0 to 1000',
      description: 'epochs over which the learning rate rises linearly to its value',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  decayFactor: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .meta({
      expected: 'a number from 0 to 1',
      description: 'schedules step and plateau: what the learning rate is multiplied by',
      value: 'x',
      kind: 'number',
    } satisfies FieldMeta),
  decayEpochs: whole(1, 1_000_000)
    .default(5)
    .meta({
      expected: 'a whole number of at least 1',
      description:
        'schedule step: every so many epochs; plateau: after so many without a lower validation loss',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  weightDecay: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .meta({
      expected: 'a number from 0 to 10',
      description: 'decoupled, as in AdamW',
      value: 'x',
      kind: 'number',
    } satisfies FieldMeta),
  clipNorm: z
    .number()
    .positive()
    .max(1e6)
    .optional()
    .meta({
      expected: 'a number above 0 and at most 1000000',
      description: 'largest Euclidean norm of the gradient; a longer one is scaled down (default: none)',
      value: 'x',
      kind: 'number',
    } satisfies FieldMeta),
  emaDecay: z
    .number()
    .positive()
    .max(0.99999)
    .optional()
    .meta({
      expected: 'a number above 0 and at most 0.99999',
      description:
        'validate and keep a moving average of the weights, with this decay a step (default: the weights)',
      value: 'x',
      kind: 'number',
    } satisfies FieldMeta),
  patience: whole(1, 1_000_000)
    .optional()
    .meta({
      expected: 'a whole number of at least 1',
      description: 'stop after so many epochs without a better validation accuracy (default: never)',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  seed: whole(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({
      expected: 'a whole number from 0 to 9007199254740991',
      description: 'of the split, the shuffle and the initial weights',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  limitTrain: whole(1, 1_000_000_000)
    .optional()
    .meta({
      expected: 'a whole number of at least 1',
      description: 'use only the first n samples of the training part',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  limitVal: whole(1, 1_000_000_000)
    .optional()
    .meta({
      expected: 'a whole number of at least 1',
      description: 'use only the first n samples of the validation part',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
};
