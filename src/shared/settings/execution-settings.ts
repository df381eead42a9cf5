import { z } from 'zod';
import { checkpointIntervalPattern } from '../checkpoint-interval.ts';
import { expectedDevices, isDeviceList } from '../device.ts';
import type { FieldMeta } from '../setting-field.ts';
import { whole } from './whole.ts';

/** Where and how a run is computed and kept. The result does not depend on these, but for devices other than `cpu`. */
export const executionSettings = {
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
  wideVectors: z
    .boolean()
    .default(false)
    .meta({
      expected: 'true or false',
      description: 'compute with vectors of 256 bits where Node.js (24 or newer) and the processor have them',
      kind: 'switch',
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
};
