import { z } from 'zod';
import { checkpointIntervalPattern } from './checkpoint-interval.ts';
import { expectedDevices, isDeviceList } from './device.ts';
import { schedules } from './learning-rate.ts';
import { activations, poolings } from './model-options.ts';
import { describeFields, type FieldMeta, type SettingField } from './setting-field.ts';

const whole = (minimum: number, maximum: number) => z.int().min(minimum).max(maximum);

/**
 * Everything that a run can be told, and that is kept with it. A key is spelled `batchSize` in a preset, `--batch-size` as a flag and
 * LOCKSTEP_BATCH_SIZE in the environment.
 */
export const configSchema = z.strictObject({
  workers: whole(1, 256).meta({
    expected: 'a whole number from 1 to 256',
    description: 'worker threads; any number gives the same bits (default: the cores available; one a GPU)',
    value: 'n',
    kind: 'number',
  } satisfies FieldMeta),
  device: z
    .string()
    .refine(isDeviceList)
    .default('cpu')
    .meta({
      expected: expectedDevices,
      description: 'what to compute on, such as cuda or cuda:0,cuda:2; several are dealt to the workers',
      value: 'list',
      kind: 'text',
    } satisfies FieldMeta),
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
  seed: whole(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({
      expected: 'a whole number from 0 to 9007199254740991',
      description: 'of the split, the shuffle and the initial weights',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  data: z
    .string()
    .min(1)
    .optional()
    .meta({
      expected: 'the path of a folder',
      description: 'folder with the four IDX files (default: found or fetched)',
      value: 'dir',
      kind: 'text',
    } satisfies FieldMeta),
  runDir: z
    .string()
    .min(1)
    .optional()
    .meta({
      expected: 'the path of a new or empty folder',
      description: 'folder for the results (default: runs/<time>-<seed>)',
      value: 'dir',
      kind: 'text',
    } satisfies FieldMeta),
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
  patience: whole(1, 1_000_000)
    .optional()
    .meta({
      expected: 'a whole number of at least 1',
      description: 'stop after so many epochs without a better validation accuracy (default: never)',
      value: 'n',
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
  accumulate: whole(1, 4096)
    .default(1)
    .meta({
      expected: 'a whole number from 1 to 4096',
      description: 'batches whose gradients make one step, in the memory of one',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  augmentFlip: z
    .boolean()
    .default(false)
    .meta({
      expected: 'true or false',
      description: 'mirror half of the training images',
      kind: 'switch',
    } satisfies FieldMeta),
  augmentShift: whole(0, 14)
    .default(0)
    .meta({
      expected: 'a whole number from 0 to 14',
      description: 'shift training images by up to so many pixels along each axis',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  augmentRotation: z
    .number()
    .min(0)
    .max(45)
    .default(0)
    .meta({
      expected: 'a number of degrees from 0 to 45',
      description: 'turn training images by up to so many degrees',
      value: 'd',
      kind: 'number',
    } satisfies FieldMeta),
  augmentErasing: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta({
      expected: 'a number from 0 to 1',
      description: 'probability that a rectangle of a training image is blackened',
      value: 'p',
      kind: 'number',
    } satisfies FieldMeta),
  workerTimeout: z
    .number()
    .positive()
    .max(86_400)
    .default(60)
    .meta({
      expected: 'a number of seconds above 0 and at most 86400',
      description: 'seconds after which a worker that does not answer is replaced',
      value: 's',
      kind: 'number',
    } satisfies FieldMeta),
  maxWorkerRestarts: whole(0, 1_000_000)
    .default(3)
    .meta({
      expected: 'a whole number of at least 0',
      description: 'workers that may be lost in a row without a finished step',
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  checkpointEvery: z
    .string()
    .regex(checkpointIntervalPattern)
    .default('1 epoch')
    .meta({
      expected: 'a number of steps or epochs like "500 steps" or "1 epoch"',
      description: 'how often a checkpoint is saved',
      value: 'interval',
      kind: 'text',
    } satisfies FieldMeta),
  keepCheckpoints: whole(1, 1_000_000)
    .default(3)
    .meta({
      expected: 'a whole number of at least 1',
      description: 'how many checkpoints are kept',
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
});

export type Config = z.infer<typeof configSchema>;
export type ConfigKey = keyof Config;

/** All settings, in the order of the help. */
export const configFields: readonly SettingField<ConfigKey>[] = describeFields(configSchema);
